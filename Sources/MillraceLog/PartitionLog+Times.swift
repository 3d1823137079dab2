package import MillraceCore

// Records by their time. All of it reads batches that hold what is looked for, found by the time index.
extension PartitionLog {
    /// The first record at or after `time`, markers aside; nil where there is none.
    package func offset(atOrAfter time: Timestamp) throws(LogError) -> TimestampedOffset? {
        try checkUsable()
        for segment in segments[segmentIndex(holding: logStart)...] {
            guard let newest = segment.maxTimestamp, newest >= time else { continue }
            let start = try segment.position(before: time, on: disk)
            let found = try search(segment, from: start) { header, batch throws(RecordError) in
                guard header.maxTimestamp >= time, !header.attributes.isControl else { return nil }
                return try self.record(of: header, batch) { $0 >= time }
            }
            if let found { return found }
        }
        return nil
    }

    /// The first record that has the largest timestamp of all (KIP-734), a marker where that is the latest; nil where
    /// the log is empty.
    package func offsetOfMaxTimestamp() throws(LogError) -> TimestampedOffset? {
        try checkUsable()
        var best: TimestampedOffset?
        for segment in segments[segmentIndex(holding: logStart)...] {
            guard let newest = segment.maxTimestamp, best.map({ newest > $0.timestamp }) ?? true else { continue }
            let start = try segment.position(before: newest, on: disk)
            var found = try search(segment, from: start) { header, batch throws(RecordError) in
                header.maxTimestamp < newest ? nil : try self.record(of: header, batch) { $0 >= newest }
            }
            if found == nil && segment.base < logStart { found = try latestRecord(in: segment) }
            if let found, best.map({ found.timestamp > $0.timestamp }) ?? true { best = found }
        }
        return best
    }

    /// Of the segment that the log start lies in, where what is before it has the largest timestamp.
    private func latestRecord(in segment: LogSegment) throws(LogError) -> TimestampedOffset? {
        guard let start = try position(of: logStart, in: segment) else { return nil }
        var best: TimestampedOffset?
        _ = try search(segment, from: start) { header, batch throws(RecordError) in
            guard best.map({ header.maxTimestamp > $0.timestamp }) ?? true else { return nil }
            while let later = try self.record(of: header, batch, { $0 > best?.timestamp ?? Timestamp(.min) }) {
                best = later
            }
            return nil
        }
        return best
    }

    /// Goes through the batches from `start` on, but for those before the log start, until `visit` has found something.
    private func search(
        _ segment: LogSegment, from start: Int,
        _ visit: (RecordBatchHeader, RawSpan) throws(RecordError) -> TimestampedOffset?
    ) throws(LogError) -> TimestampedOffset? {
        var scanner = BatchScanner(segment.file, from: start, to: segment.size)
        do {
            while let header = try scanner.next(verifyChecksum: false) {
                guard header.lastOffset >= logStart else { continue }
                if let found = try visit(header, scanner.batch) { return found }
            }
            return nil
        } catch let error as ScanError {
            throw error.logError(path: segment.file.path)
        } catch let error as RecordError {
            throw .corruptLog(path: segment.file.path, position: Int64(scanner.batchPosition), error)
        } catch {
            throw .invalidBatch("\(error)")
        }
    }

    /// The first record of a batch, from the log start on, whose time is wanted.
    private func record(
        of header: RecordBatchHeader, _ batch: RawSpan, _ isWanted: (Timestamp) -> Bool
    ) throws(RecordError) -> TimestampedOffset? {
        if header.attributes.compression == Compression.none {
            return try record(of: header, at: RecordBatchHeader.byteCount, in: batch, isWanted)
        }
        var plain = ByteWriter(capacity: header.totalByteCount * 4)
        try header.decompressRecords(of: batch, into: &plain)
        return try record(of: header, at: 0, in: plain.bytes, isWanted)
    }

    private func record(
        of header: RecordBatchHeader, at start: Int, in bytes: RawSpan, _ isWanted: (Timestamp) -> Bool
    ) throws(RecordError) -> TimestampedOffset? {
        var cursor = RecordCursor(header: header, recordsAt: start)
        while let slot = try cursor.next(in: bytes) {
            if slot.offset >= logStart && isWanted(slot.timestamp) {
                return TimestampedOffset(offset: slot.offset, timestamp: slot.timestamp)
            }
        }
        return nil
    }
}
