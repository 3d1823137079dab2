internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DescribeGroups: groups of the classic protocol. What is unknown is "Dead", with an error only since version 6
/// (KIP-1043). Answers at once.
extension HandlerTable {
    mutating func addDescribeGroups(_ environment: ServerEnvironment) {
        on(MillraceProtocol.DescribeGroupsRequest.self) { request, context in
            var response = DescribeGroupsResponse()
            response.groups = request.groups.map { id in
                var group = DescribeGroupsResponse.Group()
                group.groupID = id
                switch environment.broker.ask(.describe(.init(groupIDs: [id])), group: id) {
                case .success(.describe(let described)):
                    if let described = described.first { group.take(described, version: context.apiVersion) }
                case .success: group.error = .unknownServerError
                case .failure(let error): group.error = error.code
                }
                if request.includeAuthorizedOperations, group.error == .none {
                    group.authorizedOperations = AuthorizedOperations.group
                }
                return group
            }
            return response
        }
    }
}

extension DescribeGroupsResponse.Group {
    fileprivate mutating func take(_ described: DescribedGroup, version: Int16) {
        if version >= 6 || described.error != .groupIDNotFound {
            error = described.error
            errorMessage = described.message
        }
        groupState = described.state
        protocolType = described.protocolType
        protocolData = described.protocolName
        members = described.members.map { member in
            var wire = DescribeGroupsResponse.Member()
            wire.memberID = member.memberID
            wire.groupInstanceID = member.groupInstanceID
            wire.clientID = member.clientID
            wire.clientHost = member.clientHost
            wire.memberMetadata = member.metadata
            wire.memberAssignment = member.assignment
            return wire
        }
    }
}
