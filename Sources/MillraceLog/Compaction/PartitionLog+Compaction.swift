package import MillraceCore

// Compaction (`cleanup.policy=compact`): closed segments are written anew with the last record of every key. What
// makes it safe against crashes, file by file, stands in docs/internals/log.md.
extension PartitionLog {
    /// Looks whether there is enough to compact, and what: closed segments that are wholly durable, decided (before
    /// the last stable offset of a completed sync) and older than `min.compaction.lag.ms`. Nil where there is nothing
    /// to do. One plan at a time.
    ///
    /// - Parameters:
    ///   - seed: secret and random, for hashing keys.
    ///   - keyLimit: keys that the pass may hold in memory.
    package func beginCompaction(
        now: Timestamp, seed: UInt64, keyLimit: Int = CompactionPlan.keysPerPass
    ) throws(LogError) -> CompactionPlan? {
        try checkUsable()
        guard configuration.cleanupPolicy.contains(.compact) else { return nil }
        let sources = compactionSources(now: now)
        guard let end = sources.last?.end, isDirtyEnough(sources, now: now) else { return nil }
        if cleaner.compactedEnd < end {
            // Durable before the first offset goes: recovery has to know that gaps are no damage.
            let checkpoint = CleanerCheckpoint(firstDirty: cleaner.firstDirty, compactedEnd: end)
            try onDisk { () throws(DiskError) in try checkpoint.write(to: directory, on: disk) }
            cleaner = checkpoint
        }
        var aborted: [Int64: [ClosedRange<Int64>]] = [:]
        for entry in segments.flatMap(\.transactionIndex.entries) {
            aborted[entry.producerID, default: []].append(entry.firstOffset.rawValue...entry.lastOffset.rawValue)
        }
        let rules = CompactionRules(
            now: now, deleteRetentionMilliseconds: configuration.deleteRetentionMilliseconds, seed: seed,
            producers: producers.entries.mapValues { entry in
                CompactionRules.LastBatch(epoch: entry.epoch, lastOffset: entry.last?.lastOffset ?? -1)
            }, aborted: aborted)
        return CompactionPlan(
            sources: sources, firstDirty: cleaner.firstDirty, keyLimit: max(1, keyLimit), rules: rules, log: self)
    }

    private func compactionSources(now: Timestamp) -> [CompactionPlan.Source] {
        let limit = min(durableStableEnd, recoveryPoint)
        var sources: [CompactionPlan.Source] = []
        for (segment, next) in zip(segments, segments.dropFirst()) {
            guard next.base <= limit else { break }
            if let newest = segment.maxTimestamp, configuration.minCompactionLagMilliseconds > 0,
                now.milliseconds(since: newest) < configuration.minCompactionLagMilliseconds
            {
                break
            }
            sources.append(
                CompactionPlan.Source(
                    segment: segment, base: segment.base, end: next.base, size: segment.size, file: segment.file))
        }
        return sources
    }

    private func isDirtyEnough(_ sources: [CompactionPlan.Source], now: Timestamp) -> Bool {
        let dirty = sources.filter { $0.end > cleaner.firstDirty && $0.size > 0 }
        guard let oldest = dirty.first else { return false }
        if let time = oldest.segment.firstTimestamp,
            now.milliseconds(since: time) > configuration.maxCompactionLagMilliseconds
        {
            return true
        }
        let bytes = dirty.reduce(0) { $0 + $1.size }
        let all = sources.reduce(0) { $0 + $1.size }
        return Double(bytes) > configuration.minCleanableDirtyRatio * Double(all)
    }

    /// Puts written-anew segments into the place of the old ones. Readers see one or the other. False where the old
    /// ones have changed meanwhile (retention): the pass is to be given up then.
    ///
    /// - Throws: `.disk` where nothing has happened; `.failed` where only opening the log again can finish it.
    package func install(_ cleaned: CleanedSegments) throws(LogError) -> Bool {
        try checkUsable()
        let count = cleaned.sources.count
        guard let first = segments.firstIndex(where: { $0 === cleaned.sources[0].segment }),
            first + count < segments.count,
            zip(segments[first...], cleaned.sources).allSatisfy({ $0 === $1.segment })
        else {
            try onDisk { () throws(DiskError) in
                try CleanedSegments.discard(base: cleaned.base, in: directory, on: disk)
            }
            return false
        }
        try onDisk { () throws(DiskError) in
            // A snapshot from before a marker that goes would hold the marker's transaction open for ever.
            try removeSnapshots(before: cleaned.end)
            try disk.rename(
                cleaned.segment.path(.log) + SegmentFiles.cleanedSuffix,
                to: directory + "/" + SegmentFiles.swapName(cleaned.base, cleaned.end))
        }
        do throws(DiskError) {
            try disk.syncDirectory(directory)
            for kind in [.offsetIndex, .timeIndex, .transactionIndex] as [SegmentFiles.Kind] {
                try SegmentFiles.removeIfThere(cleaned.segment.path(kind), on: disk)
            }
            for source in cleaned.sources.dropFirst() { try source.segment.removeFiles(on: disk) }
            try disk.syncDirectory(directory)
            for kind in [.offsetIndex, .timeIndex, .transactionIndex] as [SegmentFiles.Kind] {
                let path = cleaned.segment.path(kind)
                try disk.rename(path + SegmentFiles.cleanedSuffix, to: path)
            }
            try finishSwap(cleaned.base, cleaned.end)
            cleaned.segment.file = try disk.open(cleaned.segment.path(.log), create: false)
        } catch {
            fail(error)
            throw .failed(error)
        }
        segments.replaceSubrange(first..<(first + count), with: [cleaned.segment])
        positions = PositionCache()
        return true
    }

    private func finishSwap(_ base: Offset, _ end: Offset) throws(DiskError) {
        try disk.rename(
            directory + "/" + SegmentFiles.swapName(base, end), to: directory + "/" + SegmentFiles.name(base, .log))
        try disk.syncDirectory(directory)
    }

    private func removeSnapshots(before end: Offset) throws(DiskError) {
        var hasChanges = false
        for name in try disk.list(directory) {
            guard let (base, kind) = SegmentFiles.parse(name), kind == .snapshot, base < end else { continue }
            try disk.removeFile(directory + "/" + name)
            hasChanges = true
        }
        if hasChanges { try disk.syncDirectory(directory) }
    }

    /// Takes note that all groups of the plan are in their place.
    package func completeCompaction(_ plan: CompactionPlan) {
        guard failure == nil, plan.end > cleaner.firstDirty else { return }
        cleaner.firstDirty = plan.end
        // Only saves reading after the next opening: the older one stays right if this fails.
        try? cleaner.write(to: directory, on: disk)
    }

    // MARK: Recovery

    /// Removes what a crash left half-written, and finishes a swap that had begun. Returns the names that are left.
    func finishCompaction(_ names: [String]) throws(DiskError) -> [String] {
        let cleaned = names.filter { $0.hasSuffix(SegmentFiles.cleanedSuffix) }
        let swaps = names.compactMap(SegmentFiles.parseSwap)
        if cleaned.isEmpty && swaps.isEmpty { return names }
        for name in cleaned { try disk.removeFile(directory + "/" + name) }
        for (base, end) in swaps {
            for name in names {
                guard let file = SegmentFiles.parse(name), file.base >= base, file.base < end else { continue }
                try disk.removeFile(directory + "/" + name)
            }
            try disk.syncDirectory(directory)
            try finishSwap(base, end)
        }
        try disk.syncDirectory(directory)
        return try disk.list(directory)
    }

    /// Where the log ends earlier than the checkpoint says, what is appended now is neither clean nor compacted.
    func cutCleanerCheckpoint() throws(DiskError) {
        guard cleaner.firstDirty > logEnd || cleaner.compactedEnd > logEnd else { return }
        cleaner.firstDirty = min(cleaner.firstDirty, logEnd)
        cleaner.compactedEnd = min(cleaner.compactedEnd, logEnd)
        try cleaner.write(to: directory, on: disk)
    }
}
