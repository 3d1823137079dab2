import MillraceCore

/// Staying in and going out: heartbeats and leaving. Pure. Rules: Kafka's group coordinator, KIP-345.
extension Group {
    mutating func heartbeat(_ caller: GroupCaller, now: CoordinatorTime) -> KafkaErrorCode {
        if let error = validate(caller) { return error }
        guard let place = place(of: caller.memberID) else { return .unknownMemberID }
        members[place].touch(now)
        return isPreparing ? .rebalanceInProgress : .none
    }

    mutating func leave(
        _ leaver: LeaveGroupRequest.Member, now: CoordinatorTime, into decision: inout GroupDecision
    ) -> KafkaErrorCode {
        if let pending = pendingMembers.firstIndex(where: { $0.memberID == leaver.memberID }) {
            pendingMembers.remove(at: pending)
            completeJoinIfReady(now: now, into: &decision)
            return .none
        }
        if leaver.memberID.isEmpty {
            // An administrator names a static member by its instance alone.
            guard let instance = leaver.groupInstanceID, let place = place(ofInstance: instance) else {
                return .unknownMemberID
            }
            remove(memberID: members[place].memberID, now: now, into: &decision)
            return .none
        }
        if let error = validate(memberID: leaver.memberID, instanceID: leaver.groupInstanceID) { return error }
        remove(memberID: leaver.memberID, now: now, into: &decision)
        return .none
    }

    /// Takes a member out; who stays shares its partitions in a rebalance.
    mutating func remove(memberID: String, now: CoordinatorTime, into decision: inout GroupDecision) {
        guard let place = place(of: memberID) else { return }
        members[place].refuse(.unknownMemberID, now: now, into: &decision)
        members.remove(at: place)
        if leaderID == memberID { leaderID = members.first?.memberID }
        settleAfterRemoval(now: now, into: &decision)
    }

    /// Goes on after members are out: into a rebalance, further in one, or to the empty group.
    mutating func settleAfterRemoval(now: CoordinatorTime, into decision: inout GroupDecision) {
        if members.isEmpty {
            // With ids still given out a rebalance waits for them, as Kafka's does; the group is empty meanwhile.
            if phase != .empty { becomeEmpty(now: now, into: &decision) }
            return
        }
        prepareRebalanceIfNeeded(now: now, into: &decision)
        completeJoinIfReady(now: now, into: &decision)
    }

    /// The group could not be taken from the consumer protocol to the classic one: who was to be a member is not.
    mutating func abandonClassicMembers(
        _ error: KafkaErrorCode, now: CoordinatorTime, into decision: inout GroupDecision
    ) {
        for place in members.indices { members[place].refuse(error, now: now, into: &decision) }
        members = []
        pendingMembers = []
        leaderID = nil
        phase = .empty
    }
}
