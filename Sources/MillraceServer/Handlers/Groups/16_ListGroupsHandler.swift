internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ListGroups: all groups, or those in some states (KIP-518) or of some types (KIP-848). Answers at once.
extension HandlerTable {
    mutating func addListGroups(_ environment: ServerEnvironment) {
        on(MillraceProtocol.ListGroupsRequest.self) { request, _ in
            var response = ListGroupsResponse()
            do throws(BrokerError) {
                let groups = try environment.broker.listGroups(
                    .init(states: request.statesFilter, types: request.typesFilter))
                response.groups = groups.map { group in
                    var wire = ListGroupsResponse.Group()
                    wire.groupID = group.groupID
                    wire.protocolType = group.protocolType
                    wire.groupState = group.state
                    wire.groupType = group.type
                    return wire
                }
            } catch {
                response.error = error.code
            }
            return response
        }
    }
}
