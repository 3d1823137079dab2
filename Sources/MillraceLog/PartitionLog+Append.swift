package import MillraceCore

extension PartitionLog {
    /// Appends one or several batches as they came; only their base offsets and leader epochs are written (with
    /// `LogAppendTime` their time too, and with a `compression.type` they are compressed anew). A batch that is among
    /// the last five of its producer is not appended again: the result says where it lies.
    ///
    /// - Parameter trusted: the caller has made the batches itself in this process: their bytes are believed.
    package func append(
        _ batches: RawSpan, origin: LogAppendOrigin, trusted: Bool = false, now: Timestamp
    ) throws(LogError) -> LogAppendResult {
        try checkUsable()
        try readHeaders(batches, origin: origin, trusted: trusted, now: now)
        guard let target = configuration.recompression else {
            return try appendJudged(batches, origin: origin, now: now)
        }
        let recompression = BatchRecompression(target: target)
        guard headers.contains(where: recompression.isNeeded) else {
            return try appendJudged(batches, origin: origin, now: now)
        }
        var rewritten = ByteWriter(capacity: batches.byteCount)
        try recompress(batches, recompression, into: &rewritten)
        return try appendJudged(rewritten.bytes, origin: origin, now: now)
    }

    /// Appends batches that `headers` describes.
    private func appendJudged(
        _ batches: RawSpan, origin: LogAppendOrigin, now: Timestamp
    ) throws(LogError) -> LogAppendResult {
        try rollIfFull(for: batches.byteCount, records: headers)
        let result = try assignOffsets(batches, origin: origin, now: now)
        if result.isDuplicate { return result }
        do throws(LogError) {
            try writeScratch()
        } catch {
            takeBack()
            throw error
        }
        for header in headers { active.note(header, indexInterval: configuration.indexIntervalBytes) }
        logEnd = result.lastOffset.advanced(by: 1)
        return result
    }

    /// Ends a producer's transaction in this partition with a control batch. Writes nothing where there is none open,
    /// so that a coordinator may repeat itself after a crash.
    package func appendMarker(
        _ outcome: TransactionOutcome, producer: ProducerIdentity, coordinatorEpoch: Int32, now: Timestamp
    ) throws(LogError) -> LogMarkerResult {
        try checkUsable()
        guard let start = try producers.decideMarker(producer, coordinatorEpoch: coordinatorEpoch) else {
            return LogMarkerResult(offset: nil, firstOffset: nil)
        }
        ControlRecord(outcome, coordinatorEpoch: coordinatorEpoch)
            .write(into: &markerBuilder, producer: producer, timestamp: now)
        var header: RecordBatchHeader
        do throws(RecordError) {
            header = try RecordBatchHeader(from: markerBuilder.bytes)
        } catch {
            throw .corruptBatch(error)
        }
        try rollIfFull(for: header.totalByteCount, records: [header])
        scratch.removeAll()
        copy(markerBuilder.bytes, 0, &header, base: logEnd)
        try writeScratch()
        active.note(header, indexInterval: configuration.indexIntervalBytes)
        logEnd = header.nextOffset
        producers.applyMarker(producer, coordinatorEpoch: coordinatorEpoch, now: now)
        if outcome == .abort {
            active.noteAborted(
                AbortedTransaction(
                    producerID: producer.id, firstOffset: start, lastOffset: header.lastOffset,
                    lastStableOffset: lastStableOffset))
        }
        return LogMarkerResult(offset: header.baseOffset, firstOffset: start)
    }

    // MARK: Steps

    /// Parses and judges the batches by themselves, into `headers`.
    private func readHeaders(
        _ batches: RawSpan, origin: LogAppendOrigin, trusted: Bool, now: Timestamp
    ) throws(LogError) {
        headers.removeAll(keepingCapacity: true)
        guard batches.byteCount > 0 else { throw .invalidBatch("no batch") }
        let validation = BatchValidation(
            configuration: configuration, origin: origin, isTrusted: trusted, now: now)
        defer { givePlainBack() }
        var position = 0
        while position < batches.byteCount {
            let header = try validation.header(in: batches, at: position, &plain)
            headers.append(header)
            position += header.totalByteCount
        }
    }

    private func recompress(
        _ batches: RawSpan, _ recompression: BatchRecompression, into output: inout ByteWriter
    ) throws(LogError) {
        defer { givePlainBack() }
        var position = 0
        for index in headers.indices {
            let next = position + headers[index].totalByteCount
            do throws(RecordError) {
                try recompression.append(&headers[index], of: batches, at: position, &plain, to: &output)
            } catch {
                throw .corruptBatch(error)
            }
            let size = headers[index].totalByteCount
            guard size <= configuration.maxMessageBytes else {
                throw .messageTooLarge(byteCount: size, limit: configuration.maxMessageBytes)
            }
            position = next
        }
    }

    /// Large memory for decompressed records is not kept.
    private func givePlainBack() {
        if plain.count > BatchValidation.keptPlainBytes { plain = ByteWriter(capacity: 4096) }
    }

    /// Judges the batches by their producers, and copies those that are new, with their offsets, into `scratch`.
    /// Leaves in `headers` what is to be written, and in `undo` how to forget it.
    private func assignOffsets(
        _ batches: RawSpan, origin: LogAppendOrigin, now: Timestamp
    ) throws(LogError) -> LogAppendResult {
        scratch.removeAll()
        undo.removeAll(keepingCapacity: true)
        var position = 0
        var next = logEnd
        var base: Offset?
        var last = logEnd
        var kept = 0
        do throws(LogError) {
            for index in headers.indices {
                var header = headers[index]
                let source = position
                position += header.totalByteCount
                switch try producers.decide(header, origin: origin) {
                case .duplicate(let known):
                    base = base ?? known.baseOffset
                    last = Offset(known.lastOffset)
                case .append:
                    if configuration.timestampType == .logAppendTime { header.maxTimestamp = now }
                    copy(batches, source, &header, base: next)
                    if !header.producer.isNone {
                        undo.append((producerID: header.producer.id, entry: producers.entries[header.producer.id]))
                        producers.apply(header, now: now)
                    }
                    base = base ?? header.baseOffset
                    last = header.lastOffset
                    next = header.nextOffset
                    headers[kept] = header
                    kept += 1
                }
            }
        } catch {
            takeBack()
            throw error
        }
        headers.removeSubrange(kept...)
        let appendTime = configuration.timestampType == .logAppendTime ? now : nil
        return LogAppendResult(
            baseOffset: base ?? logEnd, lastOffset: last, isDuplicate: kept == 0, appendTime: appendTime)
    }

    /// Copies a batch to the end of `scratch`, with its place in the log.
    private func copy(_ batches: RawSpan, _ source: Int, _ header: inout RecordBatchHeader, base: Offset) {
        let start = scratch.count
        header.baseOffset = base
        header.partitionLeaderEpoch = leaderEpoch
        scratch.append(batches.extracting(source..<(source + header.totalByteCount)))
        scratch.overwrite(at: start, base.rawValue)
        scratch.overwrite(at: start + 12, leaderEpoch)
        guard !header.attributes.isControl else { return }
        if configuration.timestampType == .logAppendTime {
            header.attributes.rawValue |= BatchAttributes(usesLogAppendTime: true).rawValue
            scratch.overwrite(at: start + 21, header.attributes.rawValue)
        } else {
            var reader = ByteReader(position: start + 35)
            let claimed = (try? reader.read(Int64.self, from: scratch.bytes)) ?? 0
            if header.maxTimestamp.millisecondsSinceEpoch == claimed { return }
        }
        scratch.overwrite(at: start + 35, header.maxTimestamp.millisecondsSinceEpoch)
        let end = scratch.count
        header.checksum = CRC32C.checksum(
            scratch.bytes.extracting((start + RecordBatchHeader.checksummedStart)..<end))
        scratch.overwrite(at: start + 17, header.checksum)
    }

    /// Forgets what `assignOffsets` told the producers' state, the latest first.
    private func takeBack() {
        for (producerID, entry) in undo.reversed() { producers.restore(producerID, entry) }
        undo.removeAll(keepingCapacity: true)
    }

    /// Writes `scratch` behind the active segment. After an error the file is cut back; where even that fails, nobody
    /// knows what it holds, and the log fails.
    private func writeScratch() throws(LogError) {
        let segment = active
        do {
            try PartitionLog.write(scratch, to: segment.file, at: segment.size)
        } catch let cause {
            do {
                try segment.file.truncate(to: Int64(segment.size))
            } catch {
                fail(cause)
                throw .failed(cause)
            }
            throw .disk(cause)
        }
    }

    private static func write(_ bytes: borrowing ByteWriter, to file: any DiskFile, at position: Int) throws(DiskError)
    {
        try file.write(at: Int64(position), bytes.bytes)
    }
}
