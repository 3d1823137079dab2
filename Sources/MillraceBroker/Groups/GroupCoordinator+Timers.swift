package import MillraceCore

/// Time as data: `nextDeadline` goes out, `expire` comes in. Pure.
extension GroupCoordinator {
    /// Call `expire` no later than this. It may come early: heartbeats move sessions on without telling.
    package var nextDeadline: MonotonicTime? {
        guard let offsetsCheck else { return earliestDeadline }
        return earliestDeadline.map { min($0, offsetsCheck) } ?? offsetsCheck
    }

    /// Does what is due: sessions that ended, rebalances whose time is up, offsets that nobody needs any more.
    package mutating func expire(now: CoordinatorTime) -> GroupDecision {
        var decision = GroupDecision()
        if let earliestDeadline, earliestDeadline <= now.monotonic {
            self.earliestDeadline = nil
            let topics = topics
            for id in groups.keys.sorted() {
                withMember(id) { group in
                    group.expire(now: now, into: &decision)
                    group.expireConsumers(topics: topics, now: now, into: &decision)
                }
            }
        }
        if let offsetsCheck, offsetsCheck <= now.monotonic {
            // What did not fit stays due.
            if expireOffsets(now: now, into: &decision) { scheduleOffsetsCheck(now) }
        }
        return decision
    }

    mutating func noteDeadline(_ deadline: MonotonicTime?) {
        guard let deadline else { return }
        earliestDeadline = earliestDeadline.map { min($0, deadline) } ?? deadline
    }

    mutating func scheduleOffsetsCheck(_ now: CoordinatorTime) {
        offsetsCheck = now.monotonic.advanced(by: configuration.offsetsRetentionCheckInterval)
    }

    /// Most bytes of log entries in one decision of the timers: far below what the log takes in one batch
    /// (`max.message.bytes`, 1 MiB), so that a decision that has grown while nothing ran is not refused for ever.
    static let expiryBytesMaximum = 256 << 10

    /// An empty group goes with its last offset.
    ///
    /// - Returns: false where more is due than fits into the decision.
    private func expireOffsets(now: CoordinatorTime, into decision: inout GroupDecision) -> Bool {
        var bytes = decision.entries.reduce(0) { $0 + $1.loggedBytesAtMost }
        for id in groups.keys.sorted() {
            guard let group = groups[id] else { continue }
            let expired = group.expiredOffsets(now: now)
            for partition in expired {
                let entry = GroupLogEntry.offset(groupID: id, partition, nil)
                bytes += entry.loggedBytesAtMost
                // One goes in any case, or nothing ever would.
                guard bytes <= Self.expiryBytesMaximum || decision.entries.isEmpty else { return false }
                decision.entries.append(entry)
            }
            let hasNoneLeft = group.offsets.allPartitions.count == expired.count
            let since = group.consumer == nil ? group.phaseSince : group.consumerClocks.emptySince
            if hasNoneLeft, group.canExpire,
                expired.count > 0 || now.isPast(since, by: configuration.offsetsRetention)
            {
                let entries = group.tombstones
                bytes += entries.reduce(0) { $0 + $1.loggedBytesAtMost }
                guard bytes <= Self.expiryBytesMaximum || decision.entries.isEmpty else { return false }
                decision.entries += entries
            }
        }
        return true
    }
}

extension GroupLogEntry {
    /// Key, value, and what a record adds to them in a batch: lengths, offset and timestamp deltas.
    var loggedBytesAtMost: Int { encodedKey().count + (encodedValue()?.count ?? 0) + 32 }
}

extension CoordinatorTime {
    fileprivate func isPast(_ start: Timestamp?, by duration: Duration) -> Bool {
        guard let start else { return true }
        return wall.milliseconds(since: start) >= duration.wholeMilliseconds
    }
}
