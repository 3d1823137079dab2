package import MillraceCore

extension PartitionLog {
    /// Closes the active segment where it has reached its size or its age. `append` does so by itself.
    package func rollIfNeeded(now: Timestamp) throws(LogError) {
        try checkUsable()
        guard active.size > 0 else { return }
        let age = active.firstTimestamp.map { now.milliseconds(since: $0) } ?? 0
        var longestAge = segmentAge
        if configuration.cleanupPolicy.contains(.compact) {
            longestAge = min(longestAge, configuration.maxCompactionLagMilliseconds)
        }
        if active.size >= configuration.segmentBytes || age >= longestAge { try roll() }
    }

    /// Closes the active segment where `byteCount` more bytes would not fit, or come too late for it.
    func rollIfFull(for byteCount: Int, records: [RecordBatchHeader]) throws(LogError) {
        guard active.size > 0 else { return }
        var isFull = active.size + byteCount > configuration.segmentBytes
        if let first = active.firstTimestamp, let latest = records.map(\.maxTimestamp).max() {
            isFull = isFull || latest.milliseconds(since: first) >= segmentAge
        }
        isFull = isFull || active.indexByteCount >= configuration.segmentIndexBytes
        let count = records.reduce(0) { $0 + Int64($1.lastOffsetDelta) + 1 }
        isFull = isFull || logEnd.distance(from: active.base) + count > Int64(Int32.max)
        if isFull { try roll() }
    }

    /// `segment.ms`, less the active segment's share of `segment.jitter.ms`.
    private var segmentAge: Int64 {
        let jitter = min(configuration.segmentJitterMilliseconds, configuration.segmentMilliseconds)
        guard jitter > 0 else { return configuration.segmentMilliseconds }
        // Any number that differs from partition to partition and stays the same for one segment will do.
        var hash = UInt64(bitPattern: active.base.rawValue)
        for byte in directory.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return configuration.segmentMilliseconds - Int64(hash % UInt64(jitter))
    }

    /// Closes the active segment and begins a new one at the log end. On an error everything is as before; files that
    /// were made already are written again next time.
    func roll() throws(LogError) {
        let closed = active
        let base = logEnd
        let written: [any DiskFile]
        let next: LogSegment
        do throws(DiskError) {
            written = try closed.writeIndexes(on: disk) + [try writeSnapshot()]
            next = try makeSegment(base)
        } catch {
            throw .disk(error)
        }
        unsynced.add([closed.file] + written)
        unsynced.noteNameChange()
        segments.append(next)
    }

    func makeSegment(_ base: Offset) throws(DiskError) -> LogSegment {
        let file = try disk.open(directory + "/" + SegmentFiles.name(base, .log), create: true)
        if try file.size() > 0 { try file.truncate(to: 0) }
        return LogSegment(base: base, directory: directory, file: file)
    }

    // MARK: Removing

    /// Removes old segments by `retention.ms` and `retention.bytes`, unless the policy is to compact alone, and
    /// forgets silent producers. What an open transaction has written stays.
    ///
    /// - Returns: how many segments were removed.
    @discardableResult
    package func applyRetention(now: Timestamp) throws(LogError) -> Int {
        try checkUsable()
        producers.expire(now: now, after: configuration.producerExpirationMilliseconds)
        guard configuration.cleanupPolicy.contains(.delete) else { return 0 }
        let now = retentionTime(now)
        if active.size > 0, isExpired(active, now), segments.allSatisfy({ isExpired($0, now) }) { try roll() }
        var surplus = configuration.retentionBytes.map { byteCount - $0 } ?? 0
        var count = 0
        while count < segments.count - 1, segments[count + 1].base <= lastStableOffset {
            let segment = segments[count]
            guard isExpired(segment, now) || surplus >= Int64(segment.size) else { break }
            surplus -= Int64(segment.size)
            count += 1
        }
        guard count > 0 else { return 0 }
        try moveStart(to: max(logStart, segments[count].base))
        return count
    }

    /// What ages are counted from. A log that is to be compacted as well is state (a window store's changelog), and
    /// state is as old as its own newest record: by the wall clock all of it would go as soon as old data is processed,
    /// and a store could not be restored (SEMANTICS I1, I4).
    private func retentionTime(_ now: Timestamp) -> Timestamp {
        guard configuration.cleanupPolicy.contains(.compact) else { return now }
        return min(now, segments.compactMap(\.maxTimestamp).max() ?? now)
    }

    private func isExpired(_ segment: LogSegment, _ now: Timestamp) -> Bool {
        guard let limit = configuration.retentionMilliseconds, let newest = segment.maxTimestamp else { return false }
        return now.milliseconds(since: newest) > limit
    }

    /// Moves the log start; segments that lie before it are removed. Durable when it returns.
    package func deleteRecords(before offset: Offset) throws(LogError) {
        try checkUsable()
        guard offset <= logEnd else { throw .offsetOutOfRange(offset, logStart: logStart, logEnd: logEnd) }
        if offset > logStart { try moveStart(to: offset) }
    }

    private func moveStart(to offset: Offset) throws(LogError) {
        let checkpoint = checkpoint(logStart: offset, active: activeCheckpoint)
        try onDisk { () throws(DiskError) in try checkpoint.write(to: directory, on: disk) }
        logStart = offset
        try onDisk { () throws(DiskError) in try removeSegmentsBeforeStart() }
    }

    /// The names go in order, so that a crash leaves no gap.
    func removeSegmentsBeforeStart() throws(DiskError) {
        while segments.count > 1, segments[1].base <= logStart {
            try segments[0].removeFiles(on: disk)
            segments.removeFirst()
            unsynced.noteNameChange()
        }
    }
}
