import MillraceCore

/// What time alone does to a group. Pure: deadlines go out, `expire` comes in.
extension Group {
    /// The first moment at which `expire` may have something to do.
    var nextDeadline: MonotonicTime? {
        var earliest = syncDeadline
        func consider(_ deadline: MonotonicTime?) {
            guard let deadline else { return }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        if case .preparing(let wait) = phase { consider(wait.deadline) }
        for member in members { consider(member.sessionDeadline) }
        for pending in pendingMembers { consider(pending.deadline) }
        consider(consumerClocks.nextDeadline)
        return earliest
    }

    mutating func expire(now: CoordinatorTime, into decision: inout GroupDecision) {
        pendingMembers.removeAll { $0.deadline <= now.monotonic }
        expireMembers(now: now, into: &decision) { member in
            member.sessionDeadline.map { $0 <= now.monotonic } ?? false
        }
        if let deadline = syncDeadline, deadline <= now.monotonic {
            syncDeadline = nil
            expireMembers(now: now, into: &decision) { !$0.hasSynced }
        }
        if case .preparing(let wait) = phase, wait.deadline <= now.monotonic {
            expireJoin(wait, now: now, into: &decision)
        }
        completeJoinIfReady(now: now, into: &decision)
    }

    private mutating func expireMembers(
        now: CoordinatorTime, into decision: inout GroupDecision, where isGone: (Member) -> Bool
    ) {
        let gone = Set(members.filter(isGone).map(\.memberID))
        guard !gone.isEmpty else { return }
        for place in members.indices where gone.contains(members[place].memberID) {
            members[place].refuse(.unknownMemberID, now: now, into: &decision)
        }
        members.removeAll { gone.contains($0.memberID) }
        if let leaderID, gone.contains(leaderID) { self.leaderID = members.first?.memberID }
        settleAfterRemoval(now: now, into: &decision)
    }

    private mutating func expireJoin(_ wait: JoinWait, now: CoordinatorTime, into decision: inout GroupDecision) {
        if let initial = wait.initial, initial.memberCame, now.monotonic < initial.latest {
            let deadline = min(now.monotonic.advanced(by: configuration.initialRebalanceDelay), initial.latest)
            phase = .preparing(JoinWait(deadline: deadline, initial: InitialDelay(latest: initial.latest)))
            return
        }
        completeJoin(now: now, into: &decision)
    }
}
