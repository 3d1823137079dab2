internal import MillraceCore

// Opening a log. Segments that lie wholly before the recovery point were synced with their indexes and are taken as
// they are; the others are verified batch by batch, and the log ends at the first one that is not sound: what a crash
// may leave there is a torn batch, zeros, garbage, or a later segment without what should come before it.
extension PartitionLog {
    func recover(now: Timestamp, isClean: Bool) throws(LogError) {
        let names = try onDisk { () throws(DiskError) in try finishCompaction(try prepareDirectory()) }
        let found = names.compactMap(SegmentFiles.parse)
        let bases = found.filter { $0.kind == .log }.map(\.base).sorted()
        let checkpoint = try onDisk { () throws(DiskError) in try LogCheckpoint.read(from: directory, on: disk) }
        cleaner =
            try onDisk { () throws(DiskError) in try CleanerCheckpoint.read(from: directory, on: disk) } ?? cleaner
        recoveryPoint = checkpoint?.recoveryPoint ?? .zero
        activeCheckpoint = checkpoint?.active
        logStart = max(checkpoint?.logStart ?? .zero, bases.first ?? .zero)
        // Where the transaction indexes begin that have to be made anew.
        var replayLimit: Offset?
        try openSegments(bases, isClean: isClean, &replayLimit)
        let isCheckpointUsed = activeCheckpoint == nil || recovery.wentOnFromCheckpoint
        if !isCheckpointUsed { activeCheckpoint = nil }
        try onDisk { () throws(DiskError) in
            if segments.isEmpty || logEnd < logStart { try startOver() }
            try removeSegmentsBeforeStart()
            try cutCleanerCheckpoint()
            for (base, kind) in found where kind == .snapshot && base > logEnd {
                try SegmentFiles.removeIfThere(directory + "/" + SegmentFiles.name(base, kind), on: disk)
            }
        }
        let snapshots = found.filter { $0.kind == .snapshot }.map(\.base)
        if recoveryPoint > logEnd || !isCheckpointUsed {
            // Synced bytes were damaged. What is appended in their place is not to be taken for synced.
            recoveryPoint = min(recoveryPoint, active.base)
            let checkpoint = self.checkpoint(active: activeCheckpoint)
            try onDisk { () throws(DiskError) in try checkpoint.write(to: directory, on: disk) }
        }
        // Of an earlier version: the end of a log that was closed in order.
        recoveryPoint = min(recoveryPoint, active.base)
        let limit = min(replayLimit ?? logEnd, logEnd)
        if let known = activeCheckpoint, limit <= known.base {
            // The active segment's transaction index will be written anew: what was synced of it does not stay.
            activeCheckpoint = nil
            try onDisk { () throws(DiskError) in try self.checkpoint(active: nil).write(to: directory, on: disk) }
        }
        for segment in segments where segment.base >= limit { segment.forgetTransactions() }
        try loadProducers(snapshots, limit: limit, now: now)
        if !isClean && logEnd > segments[0].base {
            try onDisk { () throws(DiskError) in try makeDurable(from: limit) }
        } else if !isClean {
            // A process that was killed may have made the names in it without syncing them.
            unsynced.noteNameChange()
        }
        syncedEnd = logEnd
        durableStableEnd = lastStableOffset
    }

    /// Makes what recovery found durable. It may have come from the page cache of a machine that stayed up, and a
    /// sync that failed in the process before may have marked its pages clean without their bytes being on the disk:
    /// syncing alone would then report success. So everything behind the recovery point is written again, in place
    /// and with the same bytes, and then synced; so are the indexes that were made anew.
    private func makeDurable(from limit: Offset) throws(DiskError) {
        let synced = max(recoveryPoint, activeCheckpoint?.end ?? .zero)
        for (index, segment) in segments.enumerated() {
            let end = index + 1 < segments.count ? segments[index + 1].base : logEnd
            guard segment.base >= limit || end > synced else { continue }
            if end > synced { try segment.rewrite(from: synced) }
            try segment.file.sync()
            if end > recoveryPoint && segment !== active { try replaceIndexes(of: segment) }
        }
        try disk.syncDirectory(directory)
        guard active.base > recoveryPoint else { return }
        // Only saves time next time, as in `completeSync`.
        let checkpoint = self.checkpoint(recoveryPoint: active.base, active: activeCheckpoint)
        if (try? checkpoint.write(to: directory, on: disk)) != nil {
            recoveryPoint = active.base
            activeCheckpoint = checkpoint.active
        }
    }

    /// What lies on the disk as the indexes of a closed segment may be torn, and would be believed once the recovery
    /// point has moved on. Without room for new ones there are none: they are made anew at the next opening.
    private func replaceIndexes(of segment: LogSegment) throws(DiskError) {
        do throws(DiskError) {
            for file in try segment.writeIndexes(on: disk) { try file.sync() }
        } catch {
            try segment.removeIndexes(on: disk)
        }
    }

    /// Makes the directory where it is lacking; returns the names in it.
    private func prepareDirectory() throws(DiskError) -> [String] {
        if try disk.exists(directory) { return try disk.list(directory) }
        try disk.createDirectory(directory)
        try syncParent()
        return []
    }

    // MARK: Segments

    private func openSegments(
        _ bases: [Offset], isClean: Bool, _ replayLimit: inout Offset?
    ) throws(LogError) {
        var isCut = false
        for (index, base) in bases.enumerated() {
            let file: any DiskFile
            let size: Int
            do {
                file = try disk.open(directory + "/" + SegmentFiles.name(base, .log), create: false)
                size = Int(try file.size())
            } catch {
                throw .disk(error)
            }
            let segment = LogSegment(base: base, directory: directory, file: file)
            if isCut || !(segments.isEmpty || isWhole(upTo: base)) {
                try discard(segment, size)
                continue
            }
            segments.append(segment)
            let next = index + 1 < bases.count ? bases[index + 1] : nil
            if let next, isClean || next <= recoveryPoint {
                if try !adopt(segment, size) { replayLimit = replayLimit ?? base }
                logEnd = next
            } else if let checkpoint = activeCheckpoint, checkpoint.base == base,
                try goOn(from: checkpoint, segment, size, verifyChecksums: !isClean)
            {
                replayLimit = replayLimit ?? checkpoint.end
                isCut = segment.size < size
            } else {
                let hasTransactions = try onDisk { () throws(DiskError) in
                    isClean ? try segment.adoptTransactions(on: disk) : false
                }
                if !hasTransactions { replayLimit = replayLimit ?? base }
                try scan(segment, size, verifyChecksums: !isClean)
                isCut = segment.size < size
            }
        }
    }

    /// Whether nothing is lacking between the log end and `offset` but what compaction took.
    private func isWhole(upTo offset: Offset) -> Bool {
        offset == logEnd || (offset > logEnd && offset <= cleaner.compactedEnd)
    }

    private func discard(_ segment: LogSegment, _ size: Int) throws(LogError) {
        recovery.removedSegments += 1
        recovery.truncatedBytes += Int64(size)
        try onDisk { () throws(DiskError) in try segment.removeFiles(on: disk) }
        unsynced.noteNameChange()
    }

    /// Takes a synced, closed segment by its indexes; false where these had to be made anew.
    private func adopt(_ segment: LogSegment, _ size: Int) throws(LogError) -> Bool {
        if try onDisk({ () throws(DiskError) in try segment.adoptIndexes(fileSize: size, on: disk) }) { return true }
        segment.size = size
        try segment.rebuildIndexes(indexInterval: configuration.indexIntervalBytes)
        recovery.rebuiltIndexes += 1
        return false
    }

    /// Takes a segment as its checkpoint describes it and scans what lies behind; false where that is not there.
    private func goOn(
        from checkpoint: ActiveCheckpoint, _ segment: LogSegment, _ size: Int, verifyChecksums: Bool
    ) throws(LogError) -> Bool {
        let isAdopted = try onDisk { () throws(DiskError) in
            try segment.adopt(checkpoint, fileSize: size, on: disk)
        }
        guard isAdopted else { return false }
        recovery.wentOnFromCheckpoint = true
        logEnd = checkpoint.end
        try scanOn(segment, size, verifyChecksums: verifyChecksums)
        return true
    }

    /// Takes in a segment batch by batch, and cuts it off behind the last sound one.
    private func scan(_ segment: LogSegment, _ size: Int, verifyChecksums: Bool) throws(LogError) {
        logEnd = segment.base
        try scanOn(segment, size, verifyChecksums: verifyChecksums)
        if verifyChecksums { recovery.rebuiltIndexes += 1 }
    }

    /// The same from the log end on, which lies at what is known of the segment.
    private func scanOn(_ segment: LogSegment, _ size: Int, verifyChecksums: Bool) throws(LogError) {
        var scanner = BatchScanner(segment.file, from: segment.size, to: size)
        do throws(ScanError) {
            while let header = try scanner.next(verifyChecksum: verifyChecksums) {
                // Neither is covered by the checksum: a torn write may have left any value there.
                guard isWhole(upTo: header.baseOffset), header.partitionLeaderEpoch == leaderEpoch else { break }
                segment.note(header, indexInterval: configuration.indexIntervalBytes)
                logEnd = header.nextOffset
                if verifyChecksums { recovery.verifiedBatches += 1 }
            }
        } catch {
            // A bad batch: the log ends here.
            if case .disk(let cause) = error { throw .disk(cause) }
        }
        guard segment.size < size else { return }
        recovery.truncatedBytes += Int64(size - segment.size)
        try onDisk { () throws(DiskError) in try segment.file.truncate(to: Int64(segment.size)) }
    }

    /// An empty log at the log start: a new one, or one that lost everything behind the start.
    private func startOver() throws(DiskError) {
        for segment in segments { try segment.removeFiles(on: disk) }
        segments = [try makeSegment(logStart)]
        logEnd = logStart
        activeCheckpoint = nil
        unsynced.noteNameChange()
    }

    // MARK: Producers

    /// Loads the latest sound snapshot up to `limit`, and replays the log from there.
    private func loadProducers(_ snapshots: [Offset], limit: Offset, now: Timestamp) throws(LogError) {
        var start = segments[0].base
        for offset in snapshots.sorted(by: >) where offset <= limit && offset >= start {
            var writer = ByteWriter(capacity: 1024)
            let path = directory + "/" + SegmentFiles.name(offset, .snapshot)
            let isThere = try onDisk { () throws(DiskError) in
                try SegmentFiles.read(path, on: disk, into: &writer)
            }
            guard isThere, let table = ProducerSnapshot.decode(writer.bytes) else { continue }
            producers = table
            start = offset
            break
        }
        guard start < logEnd else { return }
        for segment in segments[segmentIndex(holding: start)...] {
            let position = start <= segment.base ? 0 : try segment.position(before: start, on: disk)
            var scanner = BatchScanner(segment.file, from: position, to: segment.size)
            do {
                while let header = try scanner.next(verifyChecksum: false) {
                    guard header.baseOffset >= start else { continue }
                    recovery.replayedBatches += 1
                    try replay(header, scanner.batch, in: segment, limit: limit, now: now)
                }
            } catch let error as ScanError {
                throw error.logError(path: segment.file.path)
            } catch let error as RecordError {
                throw .corruptLog(path: segment.file.path, position: Int64(scanner.batchPosition), error)
            } catch {
                throw .invalidBatch("\(error)")
            }
        }
    }

    private func replay(
        _ header: RecordBatchHeader, _ batch: RawSpan, in segment: LogSegment, limit: Offset, now: Timestamp
    ) throws(RecordError) {
        guard header.attributes.isControl else { return producers.apply(header, now: now) }
        var cursor = RecordCursor(header: header, recordsAt: RecordBatchHeader.byteCount)
        guard let slot = try cursor.next(in: batch), let key = slot.key, let value = slot.value else {
            throw .malformed("a control batch without a control record")
        }
        let record = try ControlRecord(key: batch.extracting(key), value: batch.extracting(value))
        let start = producers.applyMarker(header.producer, coordinatorEpoch: record.coordinatorEpoch, now: now)
        guard record.outcome == .abort, let start, header.baseOffset >= limit else { return }
        segment.noteAborted(
            AbortedTransaction(
                producerID: header.producer.id, firstOffset: start, lastOffset: header.lastOffset,
                lastStableOffset: producers.firstOpenOffset ?? header.nextOffset))
    }
}
