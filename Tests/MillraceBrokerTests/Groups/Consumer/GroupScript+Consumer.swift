import MillraceCore

@testable import MillraceBroker

/// Shorthand for members of the consumer protocol.
extension GroupScript {
    /// Topics by name with their partition counts; ids come from the names, and `generation` makes others.
    func topics(_ counts: [String: Int32], generation: UInt64 = 0) {
        coordinator.topics = GroupTopics(
            version: coordinator.topics.version + 1,
            counts.map { .init(name: $0, id: Self.topicID($0, generation: generation), partitionCount: $1) })
    }

    static func topicID(_ name: String, generation: UInt64 = 0) -> TopicID {
        TopicID(high: generation, low: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }))
    }

    static func partitions(_ topic: String, _ numbers: Int32...) -> Set<TopicIDPartition> {
        Set(numbers.map { TopicIDPartition(topicID(topic), $0) })
    }

    @discardableResult
    func beat(_ request: ConsumerGroupHeartbeatRequest) -> ConsumerGroupHeartbeatResponse {
        guard case .consumerHeartbeat(let response) = answers[send(.consumerHeartbeat(request))] else {
            return ConsumerGroupHeartbeatResponse(error: .unknownServerError)
        }
        return response
    }

    static func joining(
        _ memberID: String, topics: [String]? = ["t"], pattern: String? = nil, instance: String? = nil,
        assignor: String? = nil, group: String = "g"
    ) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest(
            groupID: group, memberID: memberID, memberEpoch: 0, instanceID: instance,
            rebalanceTimeout: .seconds(30), topicNames: topics, topicPattern: pattern, assignor: assignor,
            ownedPartitions: [], clientID: "c", clientHost: "/h")
    }

    static func staying(
        _ memberID: String, _ epoch: Int32, owning: Set<TopicIDPartition>? = nil, instance: String? = nil
    ) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest(
            groupID: "g", memberID: memberID, memberEpoch: epoch, instanceID: instance,
            ownedPartitions: owning.map { TopicIDPartitions.lists(of: $0) }, clientID: "c", clientHost: "/h")
    }

    @discardableResult
    func join(member: String, topics: [String]? = ["t"], pattern: String? = nil, instance: String? = nil)
        -> ConsumerGroupHeartbeatResponse
    {
        beat(Self.joining(member, topics: topics, pattern: pattern, instance: instance))
    }

    func stay(_ member: String, _ epoch: Int32, owning: Set<TopicIDPartition>? = nil)
        -> ConsumerGroupHeartbeatResponse
    {
        beat(Self.staying(member, epoch, owning: owning))
    }

    var consumer: ConsumerGroup? { coordinator.groups["g"]?.consumer }
}

extension ConsumerGroupHeartbeatResponse {
    /// The assignment as a set; nil where it is not told.
    var partitions: Set<TopicIDPartition>? { assignment.map { TopicIDPartitions.set(of: $0) } }
}
