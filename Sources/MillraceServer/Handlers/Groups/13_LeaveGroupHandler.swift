internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// LeaveGroup: one member until version 2, a batch of them since (KIP-345). Answers at once.
extension HandlerTable {
    mutating func addLeaveGroup(_ environment: ServerEnvironment) {
        on(MillraceProtocol.LeaveGroupRequest.self) { request, context in
            let isBatch = context.apiVersion >= 3
            let members =
                isBatch
                ? request.members.map {
                    MillraceBroker.LeaveGroupRequest.Member(
                        memberID: $0.memberID, groupInstanceID: $0.groupInstanceID)
                } : [MillraceBroker.LeaveGroupRequest.Member(memberID: request.memberID)]
            let leave = MillraceBroker.LeaveGroupRequest(groupID: request.groupID, members: members)
            var response = MillraceProtocol.LeaveGroupResponse()
            switch environment.broker.ask(.leave(leave), group: request.groupID) {
            case .success(.leave(let answer)):
                response.error = answer.error
                if !isBatch, answer.error == .none { response.error = answer.members.first?.error ?? .none }
                response.members = answer.members.map { member in
                    var wire = MillraceProtocol.LeaveGroupResponse.Member()
                    wire.memberID = member.memberID
                    wire.groupInstanceID = member.groupInstanceID
                    wire.error = member.error
                    return wire
                }
            case .success: response.error = .unknownServerError
            case .failure(let error): response.error = error.code
            }
            return response
        }
    }
}
