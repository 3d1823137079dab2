internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// OffsetCommit: positions of a group outside transactions, by topic name until version 9, by topic id since 10
/// (KIP-848, KIP-1103). Answered when they are as durable as the broker's durability says.
extension HandlerTable {
    mutating func addOffsetCommit(_ environment: ServerEnvironment) {
        onLater(MillraceProtocol.OffsetCommitRequest.self) { request, context, reply in
            let commit = CommittedTopics(request, broker: environment.broker, version: context.apiVersion)
            guard !commit.offsets.isEmpty else { return reply.complete(commit.response([:])) }
            let asked = MillraceBroker.OffsetCommitRequest(
                caller: GroupCaller(
                    groupID: request.groupID, memberID: request.memberID, groupInstanceID: request.groupInstanceID,
                    generation: request.generationIDOrMemberEpoch),
                offsets: commit.offsets, knowsMemberEpochs: context.apiVersion >= 9)
            switch environment.broker.ask(.offsetCommit(asked), group: request.groupID) {
            case .success(.offsetCommit(let answer)):
                let results = Dictionary(answer.partitions.map { ($0.partition, $0.error) }) { $1 }
                // What is refused as a whole has written nothing.
                guard results.values.contains(.none) else { return reply.complete(commit.response(results)) }
                let partition = environment.broker.offsetsPartition(of: request.groupID)
                environment.broker.whenDurable(partition) { failure in
                    reply.complete(commit.response(results, failure: failure?.code))
                }
            case .success: reply.complete(commit.response([:], failure: .unknownServerError))
            case .failure(let error): reply.complete(commit.response([:], failure: error.code))
            }
        }
    }
}

/// A request's topics by name, and which of its partitions cannot be committed. A plain value.
private struct CommittedTopics: Sendable {
    private struct Topic: Sendable {
        var wire: MillraceProtocol.OffsetCommitRequest.Topic
        /// Nil where there is no such topic.
        var name: String?
        var partitionCount: Int32
    }

    private var topics: [Topic] = []
    private(set) var offsets: [OffsetCommitPartition] = []
    private let unknown: KafkaErrorCode

    init(_ request: MillraceProtocol.OffsetCommitRequest, broker: Broker, version: Int16) {
        unknown = version >= 10 ? .unknownTopicID : .unknownTopicOrPartition
        for topic in request.topics {
            let definition: TopicDefinition? =
                version >= 10
                ? (try? broker.describeTopic(id: topic.topicID.topicID)) ?? nil
                : (try? broker.describeTopic(topic.name)) ?? nil
            let count = definition?.partitionCount ?? 0
            topics.append(Topic(wire: topic, name: definition?.name, partitionCount: count))
            guard let name = definition?.name else { continue }
            for partition in topic.partitions where partition.isPossible(of: count) {
                offsets.append(
                    OffsetCommitPartition(
                        partition: TopicPartition(name, partition.partitionIndex),
                        offset: Offset(partition.committedOffset), leaderEpoch: partition.committedLeaderEpoch,
                        metadata: partition.committedMetadata ?? ""))
            }
        }
    }

    /// - Parameters:
    ///   - results: of the partitions that the coordinator was asked about.
    ///   - failure: what has gone wrong with all that would have succeeded.
    func response(
        _ results: [TopicPartition: KafkaErrorCode], failure: KafkaErrorCode? = nil
    ) -> MillraceProtocol.OffsetCommitResponse {
        var response = MillraceProtocol.OffsetCommitResponse()
        response.topics = topics.map { topic in
            var answer = MillraceProtocol.OffsetCommitResponse.Topic()
            answer.name = topic.wire.name
            answer.topicID = topic.wire.topicID
            answer.partitions = topic.wire.partitions.map { partition in
                var result = MillraceProtocol.OffsetCommitResponse.Partition()
                result.partitionIndex = partition.partitionIndex
                result.error = error(of: partition, in: topic, results, failure)
                return result
            }
            return answer
        }
        return response
    }

    private func error(
        of partition: MillraceProtocol.OffsetCommitRequest.Partition, in topic: Topic,
        _ results: [TopicPartition: KafkaErrorCode], _ failure: KafkaErrorCode?
    ) -> KafkaErrorCode {
        guard let name = topic.name else { return unknown }
        guard partition.isPossible(of: topic.partitionCount) else {
            return (0..<topic.partitionCount).contains(partition.partitionIndex)
                ? .invalidRequest : .unknownTopicOrPartition
        }
        let result = results[TopicPartition(name, partition.partitionIndex)] ?? .none
        return result == .none ? failure ?? .none : result
    }
}

extension MillraceProtocol.OffsetCommitRequest.Partition {
    /// Whether a topic of so many partitions has it, and the offset is one: none is below 0.
    fileprivate func isPossible(of count: Int32) -> Bool {
        (0..<count).contains(partitionIndex) && committedOffset >= 0
    }
}
