import MillraceCore

/// Joining: who may, under which id, and whether it begins a rebalance. Pure. Rules: Kafka's group coordinator,
/// KIP-394 (known member ids), KIP-389 (group size).
extension Group {
    mutating func join(
        _ request: JoinGroupRequest, freshID: String, token: ReplyToken, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) {
        func refuse(_ error: KafkaErrorCode, memberID: String) -> GroupResponse {
            .join(JoinGroupResponse(error: error, memberID: memberID))
        }
        guard hasRoom(for: request) else {
            if !request.memberID.isEmpty { remove(memberID: request.memberID, now: now, into: &decision) }
            return decision.reply(token, refuse(.groupMaxSizeReached, memberID: ""))
        }
        guard supports(request) else {
            return decision.reply(token, refuse(.inconsistentGroupProtocol, memberID: request.memberID))
        }
        if request.memberID.isEmpty {
            joinAsStranger(request, freshID: freshID, token: token, now: now, into: &decision)
        } else if takePending(request.memberID) {
            add(request, memberID: request.memberID, token: token, now: now, into: &decision)
        } else if let error = validate(memberID: request.memberID, instanceID: request.groupInstanceID) {
            decision.reply(token, refuse(error, memberID: request.memberID))
        } else if let place = place(of: request.memberID) {
            rejoin(request, at: place, token: token, now: now, into: &decision)
        }
        completeJoinIfReady(now: now, into: &decision)
    }

    /// Whether one more fits (`group.max.size`). Who is in already may always come back.
    private func hasRoom(for request: JoinGroupRequest) -> Bool {
        if place(of: request.memberID) != nil { return true }
        if let instance = request.groupInstanceID, place(ofInstance: instance) != nil { return true }
        // Ids given out and never used take memory too; a client may ask for one after the other.
        if request.memberID.isEmpty, pendingMembers.count >= configuration.membersMax { return false }
        return members.count < configuration.membersMax
    }

    /// An empty group takes any named protocols; another one needs the same type and one that all members share.
    private func supports(_ request: JoinGroupRequest) -> Bool {
        guard !request.protocolType.isEmpty, !request.protocols.isEmpty else { return false }
        if members.isEmpty { return true }
        guard request.protocolType == protocolType else { return false }
        return request.protocols.contains { candidate in
            members.allSatisfy { member in
                member.memberID == request.memberID || member.protocols.contains { $0.name == candidate.name }
            }
        }
    }

    private mutating func joinAsStranger(
        _ request: JoinGroupRequest, freshID: String, token: ReplyToken, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) {
        if let instance = request.groupInstanceID {
            if let place = place(ofInstance: instance) {
                replaceStatic(at: place, by: request, newID: freshID, token: token, now: now, into: &decision)
            } else {
                add(request, memberID: freshID, token: token, now: now, into: &decision)
            }
        } else if request.requiresKnownMemberID {
            let deadline = now.monotonic.advanced(by: request.sessionTimeout)
            pendingMembers.append(PendingMember(memberID: freshID, deadline: deadline))
            decision.reply(token, .join(JoinGroupResponse(error: .memberIDRequired, memberID: freshID)))
        } else {
            add(request, memberID: freshID, token: token, now: now, into: &decision)
        }
    }

    /// Whether the id was given out and waits to be used; it is used up then.
    private mutating func takePending(_ memberID: String) -> Bool {
        guard let place = pendingMembers.firstIndex(where: { $0.memberID == memberID }) else { return false }
        pendingMembers.remove(at: place)
        return true
    }

    private mutating func add(
        _ request: JoinGroupRequest, memberID: String, token: ReplyToken, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) {
        if members.isEmpty { protocolType = request.protocolType }
        var member = Member(memberID: memberID, request: request)
        member.awaitJoin(token, newcomerTimeout: configuration.newMemberJoinTimeout, now: now, into: &decision)
        members.append(member)
        if leaderID == nil { leaderID = memberID }
        if case .preparing(var wait) = phase, wait.initial != nil {
            wait.initial?.memberCame = true
            phase = .preparing(wait)
        }
        prepareRebalanceIfNeeded(now: now, into: &decision)
    }

    private mutating func rejoin(
        _ request: JoinGroupRequest, at place: Int, token: ReplyToken, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) {
        let isSame = members[place].protocols == request.protocols
        let isLeader = members[place].memberID == leaderID
        switch phase {
        case .completing where isSame:
            // The answer to its join got lost: it gets it again.
            decision.reply(token, .join(joinResponse(for: members[place])))
            members[place].touch(now)
        case .stable where isSame && !isLeader:
            var response = joinResponse(for: members[place])
            response.members = []
            decision.reply(token, .join(response))
            members[place].touch(now)
        case .empty, .preparing, .completing, .stable:
            update(place, with: request)
            members[place].awaitJoin(
                token, newcomerTimeout: configuration.newMemberJoinTimeout, now: now, into: &decision)
            prepareRebalanceIfNeeded(now: now, into: &decision)
        }
    }

    mutating func update(_ place: Int, with request: JoinGroupRequest) {
        members[place].protocols = request.protocols
        members[place].sessionTimeout = request.sessionTimeout
        members[place].rebalanceTimeout = request.rebalanceTimeout
        members[place].clientID = request.clientID
        members[place].clientHost = request.clientHost
    }

    /// What a member is told of the present generation.
    func joinResponse(for member: Member) -> JoinGroupResponse {
        JoinGroupResponse(
            generation: generation, protocolType: protocolType, protocolName: protocolName,
            leaderID: leaderID ?? "", memberID: member.memberID,
            members: member.memberID == leaderID ? memberList : [])
    }

    var memberList: [JoinGroupResponse.Member] {
        members.map {
            .init(
                memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, metadata: $0.metadata(for: protocolName))
        }
    }
}
