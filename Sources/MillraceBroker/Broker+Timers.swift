public import MillraceCore
internal import MillraceLog

/// What happens by time alone. Called by the two maintenance threads, or by a test.
extension Broker {
    /// The longest sleep between two looks at the timers: no time-out fires later than this.
    static let longestPause = Duration.milliseconds(100)

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
        applyRetentionIfDue(now: now)
        return Self.longestPause
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
