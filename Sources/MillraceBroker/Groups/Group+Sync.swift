import MillraceCore

/// The leader's assignments on their way to the members. Pure. Rules: Kafka's group coordinator.
extension Group {
    mutating func sync(
        _ request: SyncGroupRequest, token: ReplyToken, now: CoordinatorTime, into decision: inout GroupDecision
    ) {
        if let error = refusal(of: request) {
            return decision.reply(token, .sync(SyncGroupResponse(error: error)))
        }
        guard let place = place(of: request.caller.memberID) else { return }
        switch phase {
        case .empty:
            decision.reply(token, .sync(SyncGroupResponse(error: .unknownMemberID)))
        case .preparing:
            decision.reply(token, .sync(SyncGroupResponse(error: .rebalanceInProgress)))
        case .completing:
            members[place].awaitSync(token, now: now, into: &decision)
            noteSynced(place)
            if members[place].memberID == leaderID {
                complete(with: request.assignments, now: now, into: &decision)
            }
        case .stable:
            noteSynced(place)
            decision.reply(token, .sync(syncResponse(for: members[place])))
            members[place].touch(now)
        }
    }

    private func refusal(of request: SyncGroupRequest) -> KafkaErrorCode? {
        if let error = validate(request.caller) { return error }
        if let type = request.protocolType, type != protocolType { return .inconsistentGroupProtocol }
        if !isPreparing, let name = request.protocolName, name != protocolName { return .inconsistentGroupProtocol }
        return nil
    }

    private mutating func noteSynced(_ place: Int) {
        members[place].hasSynced = true
        if members.allSatisfy(\.hasSynced) { syncDeadline = nil }
    }

    /// A member that the leader left out gets an empty assignment.
    private mutating func complete(
        with assignments: [SyncGroupAssignment], now: CoordinatorTime, into decision: inout GroupDecision
    ) {
        for place in members.indices {
            members[place].assignment = assignments.last { $0.memberID == members[place].memberID }?.assignment ?? []
        }
        enter(.stable, now: now)
        decision.entries.append(.group(id: id, metadataToLog(now: now)))
        for place in members.indices {
            members[place].answer(.sync(syncResponse(for: members[place])), now: now, into: &decision)
        }
    }

    private func syncResponse(for member: Member) -> SyncGroupResponse {
        SyncGroupResponse(protocolType: protocolType, protocolName: protocolName, assignment: member.assignment)
    }
}
