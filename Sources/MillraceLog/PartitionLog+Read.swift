package import MillraceCore

extension PartitionLog {
    /// Appends whole batches to `writer`, beginning with the one that holds `offset` (or the next one, where it was
    /// compacted away). The first batch comes even if it is larger than `maxBytes`. One segment is read at a time, so
    /// that a result may be shorter than what there is.
    ///
    /// - Parameter limit: only batches that end before it: the log end, or the last stable offset.
    /// - Throws: `.offsetOutOfRange` unless `logStart <= offset <= logEnd`.
    package func read(
        from offset: Offset, maxBytes: Int, upTo limit: Offset, into writer: inout ByteWriter
    ) throws(LogError) -> LogReadResult {
        try checkUsable()
        guard offset >= logStart && offset <= logEnd else {
            throw .offsetOutOfRange(offset, logStart: logStart, logEnd: logEnd)
        }
        let end = min(limit, logEnd)
        var result = LogReadResult(
            bytes: writer.count..<writer.count, firstOffset: offset, nextOffset: offset, batchCount: 0)
        guard offset < end else { return result }
        for segment in segments[segmentIndex(holding: offset)...] {
            guard let position = try position(of: offset, in: segment) else { continue }
            try readBatches(segment, at: position, max(maxBytes, 1), end, &writer, &result)
            if result.batchCount > 0 {
                positions.remember(
                    result.nextOffset, inSegment: segment.base, at: position + result.bytes.count)
            }
            return result
        }
        return result
    }

    private func readBatches(
        _ segment: LogSegment, at start: Int, _ maxBytes: Int, _ end: Offset, _ writer: inout ByteWriter,
        _ result: inout LogReadResult
    ) throws(LogError) {
        let first = writer.count
        var accepted = first
        var wanted = min(maxBytes, segment.size - start)
        try load(segment, at: start, wanted, into: &writer)
        while accepted < writer.count {
            let header: RecordBatchHeader
            do throws(RecordError) {
                header = try RecordBatchHeader(from: writer.bytes, at: accepted)
            } catch {
                guard case .truncated(let needed, _) = error else {
                    throw corrupt(segment, at: start + accepted - first, error, &writer, first)
                }
                if accepted > first { break }
                // The first batch comes whole.
                let larger = min(max(needed, RecordBatchHeader.byteCount), segment.size - start)
                guard larger > wanted else { throw corrupt(segment, at: start, error, &writer, first) }
                try load(segment, at: start + wanted, larger - wanted, into: &writer)
                wanted = larger
                continue
            }
            if header.nextOffset > end { break }
            if result.batchCount == 0 { result.firstOffset = header.baseOffset }
            result.batchCount += 1
            result.nextOffset = header.nextOffset
            accepted += header.totalByteCount
        }
        writer.truncate(to: accepted)
        result.bytes = first..<accepted
    }

    private func corrupt(
        _ segment: LogSegment, at position: Int, _ error: RecordError, _ writer: inout ByteWriter, _ count: Int
    ) -> LogError {
        writer.truncate(to: count)
        return .corruptLog(path: segment.file.path, position: Int64(position), error)
    }

    private func load(
        _ segment: LogSegment, at position: Int, _ length: Int, into writer: inout ByteWriter
    ) throws(LogError) {
        do {
            _ = try segment.file.read(at: Int64(position), length: length, into: &writer)
        } catch {
            throw .disk(error)
        }
    }

    // MARK: Finding

    /// The segment that holds `offset`, or would.
    func segmentIndex(holding offset: Offset) -> Int {
        max(0, partitionIndex(segments.count) { segments[$0].base > offset } - 1)
    }

    /// Where the batch lies that holds `offset`, or the first one after it; nil where the segment ends before.
    func position(of offset: Offset, in segment: LogSegment) throws(LogError) -> Int? {
        if let known = positions.position(of: offset, inSegment: segment.base) {
            return known < segment.size ? known : nil
        }
        if offset <= segment.base { return segment.size > 0 ? 0 : nil }
        let start = try segment.position(before: offset, on: disk)
        var scanner = BatchScanner(segment.file, from: start, to: segment.size, pieceBytes: 8 << 10)
        do {
            while let header = try scanner.next(verifyChecksum: false) {
                if header.lastOffset >= offset { return scanner.batchPosition }
            }
        } catch {
            throw error.logError(path: segment.file.path)
        }
        return nil
    }

    /// Aborted transactions with records in `start ..< end`, sorted by first offset.
    package func abortedTransactions(from start: Offset, to end: Offset) throws(LogError) -> [AbortedTransaction] {
        try checkUsable()
        var found: [AbortedTransaction] = []
        search: for segment in segments[segmentIndex(holding: start)...] {
            for aborted in segment.transactionIndex.entries {
                if aborted.lastOffset >= start && aborted.firstOffset < end { found.append(aborted) }
                // Whatever began before that has ended by now.
                if aborted.lastStableOffset >= end { break search }
            }
        }
        return found.sorted { ($0.firstOffset, $0.producerID) < ($1.firstOffset, $1.producerID) }
    }
}
