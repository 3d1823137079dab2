import MillraceCore

extension GroupResponse {
    /// The same answer, had the log refused the entries behind it. Pure; called by `GroupCoordinator.notLogged`.
    func refused(_ code: KafkaErrorCode) -> GroupResponse {
        func refused(_ response: OffsetCommitResponse) -> OffsetCommitResponse {
            OffsetCommitResponse(partitions: response.partitions.map { .init(partition: $0.partition, error: code) })
        }
        switch self {
        case .join(let join):
            return .join(JoinGroupResponse(error: code, memberID: join.memberID))
        case .sync:
            return .sync(SyncGroupResponse(error: code))
        case .heartbeat:
            return .heartbeat(code)
        case .leave(let leave):
            return .leave(LeaveGroupResponse(error: code, members: leave.members))
        case .offsetCommit(let commit):
            return .offsetCommit(refused(commit))
        case .transactionalOffsetCommit(let commit):
            return .transactionalOffsetCommit(refused(commit))
        case .offsetDelete:
            return .offsetDelete(OffsetDeleteResponse(error: code))
        case .delete(let groups):
            return .delete(groups.map { DeletedGroup(groupID: $0.groupID, error: code) })
        case .consumerHeartbeat:
            return .consumerHeartbeat(ConsumerGroupHeartbeatResponse(error: code))
        case .offsetFetch, .describe, .list, .consumerDescribe:
            return self
        }
    }
}
