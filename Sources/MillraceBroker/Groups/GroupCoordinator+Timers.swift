public import MillraceCore

/// Time as data: `nextDeadline` goes out, `expire` comes in. Pure.
extension GroupCoordinator {
    /// Call `expire` no later than this. It may come early: heartbeats move sessions on without telling.
    public var nextDeadline: MonotonicTime? {
        guard let offsetsCheck else { return earliestDeadline }
        return earliestDeadline.map { min($0, offsetsCheck) } ?? offsetsCheck
    }

    /// Does what is due: sessions that ended, rebalances whose time is up, offsets that nobody needs any more.
    public mutating func expire(now: CoordinatorTime) -> GroupDecision {
        var decision = GroupDecision()
        if let earliestDeadline, earliestDeadline <= now.monotonic {
            self.earliestDeadline = nil
            for id in groups.keys.sorted() {
                withMember(id) { $0.expire(now: now, into: &decision) }
            }
        }
        if let offsetsCheck, offsetsCheck <= now.monotonic {
            expireOffsets(now: now, into: &decision)
            scheduleOffsetsCheck(now)
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

    /// An empty group goes with its last offset.
    private mutating func expireOffsets(now: CoordinatorTime, into decision: inout GroupDecision) {
        for id in groups.keys.sorted() {
            guard let group = groups[id] else { continue }
            let expired = group.expiredOffsets(now: now)
            decision.entries += expired.map { .offset(groupID: id, $0, nil) }
            let hasNoneLeft = group.offsets.allPartitions.count == expired.count
            if hasNoneLeft, group.phase == .empty, group.pendingMembers.isEmpty, group.logged?.members.isEmpty == true,
                expired.count > 0 || now.isPast(group.phaseSince, by: configuration.offsetsRetention)
            {
                decision.entries.append(.group(id: id, nil))
            }
        }
    }
}

extension CoordinatorTime {
    fileprivate func isPast(_ start: Timestamp?, by duration: Duration) -> Bool {
        guard let start else { return true }
        return wall.milliseconds(since: start) >= duration.wholeMilliseconds
    }
}
