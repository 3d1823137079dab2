internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// SyncGroup: answered when the leader has said who gets what (classic protocol; KIP-559 since version 5).
extension HandlerTable {
    mutating func addSyncGroup(_ environment: ServerEnvironment) {
        onLater(MillraceProtocol.SyncGroupRequest.self) { request, _, reply in
            let sync = MillraceBroker.SyncGroupRequest(
                caller: GroupCaller(
                    groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
                    generation: request.generationID),
                protocolType: request.protocolType, protocolName: request.protocolName,
                assignments: request.assignments.map {
                    SyncGroupAssignment(memberID: $0.memberID, assignment: $0.assignment)
                })
            environment.broker.ask(.sync(sync), group: request.groupID) { answer in
                var response = MillraceProtocol.SyncGroupResponse()
                switch answer {
                case .success(.sync(let sync)):
                    response.error = sync.error
                    response.protocolType = sync.protocolType
                    response.protocolName = sync.protocolName
                    response.assignment = sync.assignment
                case .success:
                    response.error = .unknownServerError
                case .failure(let error):
                    response.error = error.code
                }
                reply.complete(response)
            }
        }
    }
}
