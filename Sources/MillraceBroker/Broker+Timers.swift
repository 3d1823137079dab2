public import MillraceCore
internal import MillraceLog

/// What happens by time alone. Called by the two maintenance threads, or by a test.
extension Broker {
    /// The longest sleep between two looks at the timers: no time-out fires later than this.
    static let longestPause = Duration.milliseconds(100)
    /// How often it is looked whether logs need a checkpoint.
    static let checkpointLook = Duration.milliseconds(500)
    /// As much may lie behind the checkpoints of all logs together: opening reads it twice and writes it once.
    static let uncheckpointedBytesMax = 256 << 20

    /// Runs everything that is due and returns how long to sleep until the next call. What fails because the disk is
    /// full is tried again at the next tick.
    @discardableResult
    public func tick(now: Timestamp) -> Duration {
        _ = fireTimers(now: now)
        return cleanLogs(now: now)
    }

    /// Time-outs, rebalances that wait, syncs by interval.
    func fireTimers(now: Timestamp) -> Duration {
        for shard in transactionShards { _ = try? shard.tick(now: now) }
        for shard in groupShards { shard.tick(now: now) }
        syncIfDue(now: now)
        return Self.longestPause
    }

    /// Retention and compaction. They may read whole logs; the timers do not wait for them.
    func cleanLogs(now: Timestamp) -> Duration {
        checkpointIfDue(now: now)
        applyRetentionIfDue(now: now)
        return Self.longestPause
    }

    /// Lets opening after a crash begin late in every log: by time, and as soon as all logs together would take long to
    /// read. What fails is tried again. The broker's own logs come last and only with all others, as in `syncIfDue`.
    private func checkpointIfDue(now: Timestamp) {
        let (isLookDue, isDue) = withTimers {
            guard nextCheckpointLook <= now else { return (false, false) }
            nextCheckpointLook = now.advanced(byMilliseconds: Self.checkpointLook.wholeMilliseconds)
            guard nextCheckpoint <= now else { return (true, false) }
            nextCheckpoint = now.advanced(byMilliseconds: configuration.checkpointInterval.wholeMilliseconds)
            return (true, true)
        }
        guard isLookDue else { return }
        let partitions = topics.partitions
        for partition in partitions { try? partition.flushIfDue(now: now) }
        let ordered =
            partitions.filter { !TopicName.isInternal($0.id.topic) }
            + partitions.filter { TopicName.isInternal($0.id.topic) }
        let sizes = ordered.map { (partition: $0, byteCount: $0.bytesSinceCheckpoint) }.filter { $0.byteCount > 0 }
        if isDue {
            for (partition, _) in sizes { try? partition.checkpoint() }
            if !sizes.isEmpty { topics.writeOffsetCheckpoints() }
            return
        }
        var sum = sizes.reduce(0) { $0 + $1.byteCount }
        guard sum > Self.uncheckpointedBytesMax else { return }
        for (partition, byteCount) in sizes.sorted(by: { $0.byteCount > $1.byteCount })
        where !TopicName.isInternal(partition.id.topic) && sum > Self.uncheckpointedBytesMax / 2 {
            try? partition.checkpoint()
            sum -= byteCount
        }
    }

    /// Data first, decisions last, so that a power loss right after finds the data of what it finds decided.
    private func syncIfDue(now: Timestamp) {
        guard case .interval(let interval) = configuration.durability else { return }
        let isDue = withTimers {
            guard nextSync <= now else { return false }
            nextSync = now.advanced(byMilliseconds: interval.wholeMilliseconds)
            return true
        }
        guard isDue else { return }
        let partitions = topics.partitions
        for partition in partitions where !TopicName.isInternal(partition.id.topic) { try? partition.sync() }
        for partition in partitions where TopicName.isInternal(partition.id.topic) { try? partition.sync() }
    }

    private func applyRetentionIfDue(now: Timestamp) {
        let isDue = withTimers {
            guard nextRetention <= now else { return false }
            nextRetention = now.advanced(byMilliseconds: configuration.retentionInterval.wholeMilliseconds)
            return true
        }
        guard isDue else { return }
        for partition in topics.partitions {
            try? partition.withLog { log throws(LogError) in
                try log.rollIfNeeded(now: now)
                _ = try log.applyRetention(now: now)
            }
        }
        compact(now: now)
    }

    /// Compacts one partition after the other. What fails is tried again next time.
    private func compact(now: Timestamp) {
        for partition in topics.partitions where isCompacted(partition.id.topic) {
            guard (try? requireOpen()) != nil else { return }
            // Only what is durable is compacted, and it may be that nobody else syncs.
            guard (try? partition.sync()) != nil else { continue }
            try? partition.compact(now: now, seed: entropy.next()) { () throws(BrokerError) in
                // The transaction log forgets outcomes that a power loss could ask for again: where a transaction has
                // ended, but its markers are not durable yet.
                guard partition.id.topic == TopicName.transactionState else { return }
                for other in topics.partitions { try other.sync() }
            }
        }
    }

    private func isCompacted(_ topic: String) -> Bool {
        topics.definition(of: topic)?.configuration.log.cleanupPolicy.contains(.compact) ?? false
    }
}
