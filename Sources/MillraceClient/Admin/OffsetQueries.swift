package import MillraceCore
internal import MillraceProtocol

/// Which offset of a partition is asked for.
package enum OffsetQuery: Hashable, Sendable {
    case earliest
    /// The one after the last.
    case latest
    /// Of the first record with this timestamp or a later one.
    case at(Timestamp)

    var wireValue: Int64 {
        switch self {
        case .latest: -1
        case .earliest: -2
        case .at(let time): time.millisecondsSinceEpoch
        }
    }
}

extension ClusterClient {
    /// Asks the leaders of partitions for offsets. Where no record is as late as was asked for, the partition is not
    /// in the answer.
    package func offsets(
        _ queries: [TopicPartition: OffsetQuery], isolation: IsolationLevel = .readUncommitted
    ) throws(ClientError) -> [TopicPartition: Int64] {
        guard !queries.isEmpty else { return [:] }
        let deadline = ContinuousClock.now + configuration.timeout
        return try retrying(until: deadline) { () throws(ClientError) in
            var found: [TopicPartition: Int64] = [:]
            for (leader, partitions) in try leaders(of: Array(queries.keys)) {
                let request = ClusterClient.request(
                    partitions.sorted().map { ($0, queries[$0] ?? .latest) }, isolation: isolation)
                for topic in try ask(request, of: .broker(leader)).topics {
                    for partition in topic.partitions {
                        let name = TopicPartition(topic.name, partition.partitionIndex)
                        if let error = ClientError.ifAny(partition.error, nil, subject: "\(name)") { throw error }
                        if partition.offset >= 0 { found[name] = partition.offset }
                    }
                }
            }
            return found
        }
    }

    /// Partitions by the broker that leads them.
    func leaders(of partitions: [TopicPartition]) throws(ClientError) -> [(leader: Int32, [TopicPartition])] {
        var byLeader: [Int32: [TopicPartition]] = [:]
        let topics = try topics(Set(partitions.map(\.topic)).sorted())
        for partition in partitions {
            guard
                let description = topics.first(where: { $0.name == partition.topic })?
                    .partitions.first(where: { $0.number == partition.partition })
            else { throw .refused(.unknownTopicOrPartition, subject: "\(partition)", message: nil) }
            guard let leader = description.leader else {
                throw .refused(.leaderNotAvailable, subject: "\(partition)", message: nil)
            }
            byLeader[leader, default: []].append(partition)
        }
        return byLeader.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func request(
        _ queries: [(partition: TopicPartition, query: OffsetQuery)], isolation: IsolationLevel
    ) -> ListOffsetsRequest {
        var request = ListOffsetsRequest()
        request.replicaID = -1
        request.isolationLevel = Int8(isolation.rawValue)
        for (partition, query) in queries {
            var entry = ListOffsetsRequest.Partition()
            entry.partitionIndex = partition.partition
            entry.timestamp = query.wireValue
            if request.topics.last?.name != partition.topic {
                var topic = ListOffsetsRequest.Topic()
                topic.name = partition.topic
                request.topics.append(topic)
            }
            request.topics[request.topics.count - 1].partitions.append(entry)
        }
        return request
    }
}
