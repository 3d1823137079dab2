import MillraceCore

/// A static member that comes back without its id takes the place of its former self (KIP-345). Pure.
extension Group {
    mutating func replaceStatic(
        at place: Int, by request: JoinGroupRequest, newID: String, token: ReplyToken, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) {
        let oldID = members[place].memberID
        let formerLeader = leaderID
        members[place].refuse(.fencedInstanceID, now: now, into: &decision)
        members[place].memberID = newID
        if leaderID == oldID { leaderID = newID }
        update(place, with: request)
        guard phase == .stable, chosenProtocol() == protocolName else {
            members[place].awaitJoin(
                token, newcomerTimeout: configuration.newMemberJoinTimeout, now: now, into: &decision)
            prepareRebalanceIfNeeded(now: now, into: &decision)
            return
        }
        // The group stays as it is: the member finds the assignment of its former self when it syncs. A leader that
        // cannot be told to skip the assignment is told that its former self leads, so that it makes none.
        var response = joinResponse(for: members[place])
        if newID == leaderID {
            response.skipsAssignment = request.supportsSkippingAssignment
            if !request.supportsSkippingAssignment {
                response.leaderID = formerLeader ?? ""
                response.members = []
            }
        }
        members[place].touch(now)
        decision.entries.append(.group(id: id, metadataToLog(now: now)))
        decision.reply(token, .join(response))
    }
}
