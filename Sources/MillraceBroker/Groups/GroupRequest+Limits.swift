import MillraceCore

/// Texts go into the keys and values of the log, whose strings have 16-bit lengths; compact strings on the wire can be
/// longer. Pure.
extension GroupRequest {
    /// Most bytes of a text that is logged. Kafka has no limit but that of its formats.
    static let textBytesMax = 16_384

    /// What to answer where a text is longer; nil where none is.
    var refusalOfLongText: GroupResponse? {
        func isTooLong(_ text: String?) -> Bool { (text?.utf8.count ?? 0) > Self.textBytesMax }
        func isTooLong(_ caller: GroupCaller) -> Bool { isTooLong(caller.groupID) }
        func isTooLong(_ offsets: [OffsetCommitPartition]) -> Bool {
            offsets.contains { isTooLong($0.partition.topic) }
        }
        func refused(_ offsets: [OffsetCommitPartition]) -> OffsetCommitResponse {
            OffsetCommitResponse(partitions: offsets.map { .init(partition: $0.partition, error: .invalidRequest) })
        }
        switch self {
        case .join(let join):
            let texts = [join.groupID, join.groupInstanceID, join.clientID, join.clientHost, join.protocolType]
            guard texts.contains(where: isTooLong) || join.protocols.contains(where: { isTooLong($0.name) }) else {
                return nil
            }
            return .join(JoinGroupResponse(error: .invalidRequest, memberID: join.memberID))
        case .offsetCommit(let commit):
            guard isTooLong(commit.caller) || isTooLong(commit.offsets) else { return nil }
            return .offsetCommit(refused(commit.offsets))
        case .transactionalOffsetCommit(let commit):
            guard isTooLong(commit.caller) || isTooLong(commit.offsets) else { return nil }
            return .transactionalOffsetCommit(refused(commit.offsets))
        case .consumerHeartbeat(let beat):
            let texts = [beat.groupID, beat.memberID, beat.topicPattern]
            guard texts.contains(where: isTooLong) else { return nil }
            return .consumerHeartbeat(
                ConsumerGroupHeartbeatResponse(error: .invalidRequest, message: "a name is too long"))
        case .sync, .heartbeat, .leave, .offsetFetch, .offsetDelete, .describe, .list, .delete, .consumerDescribe:
            return nil
        }
    }
}
