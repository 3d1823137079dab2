internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// JoinGroup: answered when all members have come, or their time is up (classic protocol; KIP-345, 394, 559, 814).
extension HandlerTable {
    mutating func addJoinGroup(_ environment: ServerEnvironment) {
        onLater(MillraceProtocol.JoinGroupRequest.self) { request, context, reply in
            let version = context.apiVersion
            // Version 0 has no time-out of its own for rebalances.
            let rebalanceTimeout =
                version == 0 ? request.sessionTimeoutMilliseconds : request.rebalanceTimeoutMilliseconds
            let join = MillraceBroker.JoinGroupRequest(
                groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
                clientID: context.clientID ?? "", clientHost: "/\(context.peer.host)",
                sessionTimeout: Duration(wireMilliseconds: request.sessionTimeoutMilliseconds),
                rebalanceTimeout: Duration(wireMilliseconds: rebalanceTimeout), protocolType: request.protocolType,
                protocols: request.protocols.map { JoinGroupProtocol(name: $0.name, metadata: $0.metadata) },
                requiresKnownMemberID: version >= 4, supportsSkippingAssignment: version >= 9)
            environment.broker.ask(.join(join), group: request.groupID) { answer in
                reply.complete(response(answer, to: request, version: version))
            }
        }
    }
}

private func response(
    _ answer: Result<GroupResponse, BrokerError>, to request: MillraceProtocol.JoinGroupRequest, version: Int16
) -> MillraceProtocol.JoinGroupResponse {
    var response = MillraceProtocol.JoinGroupResponse()
    response.memberID = request.memberID
    // Nullable since version 7.
    if version >= 7 { response.protocolName = nil }
    switch answer {
    case .success(.join(let join)):
        response.error = join.error
        response.generationID = join.generation
        response.protocolType = join.protocolType
        if let name = join.protocolName { response.protocolName = name }
        response.leader = join.leaderID
        response.skipAssignment = join.skipsAssignment
        response.memberID = join.memberID
        response.members = join.members.map { member in
            var wire = MillraceProtocol.JoinGroupResponse.Member()
            wire.memberID = member.memberID
            wire.groupInstanceID = member.groupInstanceID
            wire.metadata = member.metadata
            return wire
        }
    case .success:
        response.error = .unknownServerError
    case .failure(let error):
        response.error = error.code
    }
    return response
}
