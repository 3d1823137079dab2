internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// OffsetFetch: committed positions, of one group until version 7, of several since 8 (KIP-709), by topic id since 10.
/// What nobody has committed is -1, without an error. Answers at once.
extension HandlerTable {
    mutating func addOffsetFetch(_ environment: ServerEnvironment) {
        on(MillraceProtocol.OffsetFetchRequest.self) { request, context in
            let fetch = OffsetFetchSteps(
                broker: environment.broker, version: context.apiVersion, requiresStable: request.requireStable)
            var response = MillraceProtocol.OffsetFetchResponse()
            guard context.apiVersion < 8 else {
                response.groups = request.groups.map { fetch.answer($0) }
                return response
            }
            var group = MillraceProtocol.OffsetFetchRequest.Group()
            group.groupID = request.groupID
            group.topics = request.topics
            let answer = fetch.answer(group)
            response.error = answer.error
            response.topics = answer.topics
            return response
        }
    }
}

private struct OffsetFetchSteps {
    typealias Wire = MillraceProtocol.OffsetFetchResponse

    let broker: Broker
    let version: Int16
    let requiresStable: Bool

    func answer(_ group: MillraceProtocol.OffsetFetchRequest.Group) -> Wire.Group {
        var answer = Wire.Group()
        answer.groupID = group.groupID
        let names = group.topics.map { $0.map(name) }
        var partitions: [TopicPartition]?
        if let topics = group.topics, let names {
            partitions = zip(topics, names).flatMap { topic, name in
                topic.partitionIndexes.filter { $0 >= 0 }.compactMap { index in
                    name.map { TopicPartition($0, index) }
                }
            }
        }
        let asked = MillraceBroker.OffsetFetchRequest(
            groupID: group.groupID, partitions: partitions, requiresStable: requiresStable,
            memberID: group.memberID, memberEpoch: group.memberEpoch)
        var found: [MillraceBroker.OffsetFetchResponse.Partition] = []
        switch broker.ask(.offsetFetch(asked), group: group.groupID) {
        case .success(.offsetFetch(let response)):
            answer.error = response.error
            found = response.partitions
        case .success: answer.error = .unknownServerError
        case .failure(let error): answer.error = error.code
        }
        if answer.error != .none, version >= 2 { return answer }
        guard let topics = group.topics, let names else {
            answer.topics = all(found)
            return answer
        }
        let offsets = Dictionary(found.map { ($0.partition, $0) }) { $1 }
        answer.topics = zip(topics, names).map { topic, name in
            self.topic(topic, name: name, offsets, failure: answer.error)
        }
        return answer
    }

    private func name(_ topic: MillraceProtocol.OffsetFetchRequest.Topic) -> String? {
        guard version >= 10 else { return topic.name }
        return ((try? broker.describeTopic(id: topic.topicID.topicID)) ?? nil)?.name
    }

    /// - Parameter failure: version 1 has no other place for what concerns the whole group.
    private func topic(
        _ topic: MillraceProtocol.OffsetFetchRequest.Topic, name: String?,
        _ offsets: [TopicPartition: MillraceBroker.OffsetFetchResponse.Partition], failure: KafkaErrorCode
    ) -> Wire.Topic {
        var answer = Wire.Topic()
        answer.name = topic.name
        answer.topicID = topic.topicID
        answer.partitions = topic.partitionIndexes.map { index in
            var partition = Wire.Partition()
            partition.partitionIndex = index
            partition.committedOffset = -1
            partition.error = failure
            guard let name else {
                partition.error = .unknownTopicID
                return partition
            }
            if index >= 0, let found = offsets[TopicPartition(name, index)] { partition.take(found) }
            return partition
        }
        return answer
    }

    /// Everything that the group has committed. A topic that is gone has no id: it is left out where ids are spoken.
    private func all(_ found: [MillraceBroker.OffsetFetchResponse.Partition]) -> [Wire.Topic] {
        var topics: [Wire.Topic] = []
        for offset in found.sorted(by: { $0.partition < $1.partition }) {
            if topics.last?.name != offset.partition.topic {
                var topic = Wire.Topic()
                topic.name = offset.partition.topic
                if version >= 10 {
                    guard let definition = (try? broker.describeTopic(offset.partition.topic)) ?? nil else {
                        continue
                    }
                    topic.topicID = WireUUID(definition.id)
                }
                topics.append(topic)
            }
            var partition = Wire.Partition()
            partition.partitionIndex = offset.partition.partition
            partition.take(offset)
            topics[topics.count - 1].partitions.append(partition)
        }
        return topics
    }
}

extension MillraceProtocol.OffsetFetchResponse.Partition {
    fileprivate mutating func take(_ found: MillraceBroker.OffsetFetchResponse.Partition) {
        committedOffset = found.offset?.rawValue ?? -1
        committedLeaderEpoch = found.leaderEpoch
        metadata = found.metadata
        error = found.error
    }
}
