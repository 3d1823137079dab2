package import MillraceCore

/// Whole batches as a piece of a file, to be sent without passing through the program (`sendfile`), or read. It holds
/// the open file: retention, compaction and deletion take the name away, not the bytes. A plain value; from any thread.
package struct LogSlice: Sendable {
    /// Held for as long as `file.systemDescriptor` is used.
    package let file: any DiskFile
    /// Where in the file the first batch begins.
    package let position: Int64
    package let byteCount: Int
    /// The offset after the last batch.
    package let nextOffset: Offset
    /// Whether there is more to read behind it now: nobody has to wait for more bytes.
    package let hasMore: Bool

    /// Appends the batches to `writer`: where the disk is none of the system's, or the bytes are to be encrypted.
    package func read(into writer: inout ByteWriter) throws(LogError) {
        let start = writer.count
        do throws(DiskError) {
            let count = try file.read(at: position, length: byteCount, into: &writer)
            guard count == byteCount else {
                writer.truncate(to: start)
                throw DiskError(.inputOutput, path: file.path, operation: "read")
            }
        } catch {
            throw .disk(error)
        }
    }
}

extension PartitionLog {
    /// Where the batches lie from the one that holds `offset` on (or the next one, where it was compacted away): as
    /// many as fit into `maxBytes`, one in any case, of one segment. Nil where there is nothing to read.
    ///
    /// Those who read on where they ended cost no search, and at the log end no read at all; in the middle of a segment
    /// a few bytes of a header are read, to know where the slice ends.
    ///
    /// - Parameter limit: only batches that end before it: the log end, or the last stable offset.
    /// - Throws: `.offsetOutOfRange` unless `logStart <= offset <= logEnd`.
    package func slice(from offset: Offset, maxBytes: Int, upTo limit: Offset) throws(LogError) -> LogSlice? {
        try checkUsable()
        guard offset >= logStart && offset <= logEnd else {
            throw .offsetOutOfRange(offset, logStart: logStart, logEnd: logEnd)
        }
        let limit = min(limit, logEnd)
        guard offset < limit else { return nil }
        for index in segmentIndex(holding: offset)..<segments.count {
            let segment = segments[index]
            guard let start = try position(of: offset, in: segment) else { continue }
            let segmentEnd = index + 1 < segments.count ? segments[index + 1].base : logEnd
            let last = SliceEnd(
                position: limit < segmentEnd ? try position(of: limit, in: segment) ?? segment.size : segment.size,
                offset: min(limit, segmentEnd))
            guard last.position > start else { return nil }
            let end = try sliceEnd(segment, from: start, maxBytes: maxBytes, last)
            positions.remember(end.offset, inSegment: segment.base, at: end.position)
            return LogSlice(
                file: segment.file, position: Int64(start), byteCount: end.position - start, nextOffset: end.offset,
                hasMore: end.offset < limit)
        }
        return nil
    }

    /// Between two batches: where the first of them ends, and the offset behind it.
    private struct SliceEnd {
        var position: Int
        var offset: Offset
    }

    private func sliceEnd(
        _ segment: LogSegment, from start: Int, maxBytes: Int, _ last: SliceEnd
    ) throws(LogError) -> SliceEnd {
        let (target, overflow) = start.addingReportingOverflow(max(maxBytes, 1))
        if overflow || target >= last.position { return last }
        if let indexed = try segment.batchStart(atOrBefore: target, on: disk), indexed > start {
            return SliceEnd(position: indexed, offset: try outline(of: segment, at: indexed).baseOffset)
        }
        var end = SliceEnd(position: start, offset: last.offset)
        while end.position < last.position {
            let batch = try outline(of: segment, at: end.position)
            let next = end.position + batch.byteCount
            if end.position > start && next > target {
                return SliceEnd(position: end.position, offset: batch.baseOffset)
            }
            end = SliceEnd(position: next, offset: batch.nextOffset)
        }
        return last
    }

    private func outline(of segment: LogSegment, at position: Int) throws(LogError) -> BatchOutline {
        var bytes = ByteWriter(capacity: BatchOutline.byteCount)
        do {
            _ = try segment.file.read(at: Int64(position), length: BatchOutline.byteCount, into: &bytes)
        } catch {
            throw .disk(error)
        }
        do throws(RecordError) {
            let outline = try BatchOutline(from: bytes.bytes)
            guard outline.byteCount <= segment.size - position else {
                throw .truncated(needed: outline.byteCount, available: segment.size - position)
            }
            return outline
        } catch {
            throw .corruptLog(path: segment.file.path, position: Int64(position), error)
        }
    }
}
