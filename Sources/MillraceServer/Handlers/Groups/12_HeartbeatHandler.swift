internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// Heartbeat of the classic protocol. Answers at once.
extension HandlerTable {
    mutating func addHeartbeat(_ environment: ServerEnvironment) {
        on(MillraceProtocol.HeartbeatRequest.self) { request, _ in
            let heartbeat = MillraceBroker.HeartbeatRequest(
                caller: GroupCaller(
                    groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
                    generation: request.generationID))
            var response = HeartbeatResponse()
            switch environment.broker.ask(.heartbeat(heartbeat), group: request.groupID) {
            case .success(.heartbeat(let error)): response.error = error
            case .success: response.error = .unknownServerError
            case .failure(let error): response.error = error.code
            }
            return response
        }
    }
}
