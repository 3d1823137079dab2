import MillraceCore
import MillraceProtocol
import MillraceSimulation

/// Brokers that lead partitions, answer fetches as Kafka's do, and err now and then. By the dice of a seed.
struct ModelCluster {
    var logs: [TopicPartition: ModelLog] = [:]
    var leaders: [TopicPartition: Int32] = [:]
    /// How seldom a partition is answered with an error; 0 for never.
    var errorChances = 0
    /// Whether topics have ids.
    var tellsIDs: Bool
    let isolation: IsolationLevel
    static let brokers: ClosedRange<Int32> = 1...3

    private static let errors: [KafkaErrorCode] = [
        .notLeaderOrFollower, .kafkaStorageError, .offsetNotAvailable, .unknownTopicOrPartition, .unknownServerError,
        .fencedLeaderEpoch, .leaderNotAvailable, .unknownLeaderEpoch,
    ]

    init(_ partitions: [TopicPartition], isolation: IsolationLevel, tellsIDs: Bool, _ dice: inout SeededGenerator) {
        self.isolation = isolation
        self.tellsIDs = tellsIDs
        for id in partitions {
            logs[id] = ModelLog()
            leaders[id] = Int32.random(in: ModelCluster.brokers, using: &dice)
        }
    }

    func topicID(_ name: String) -> WireUUID {
        tellsIDs ? WireUUID(high: 7, low: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }) + 1) : .zero
    }

    mutating func elect(_ id: TopicPartition, _ dice: inout SeededGenerator) {
        leaders[id] = Int32.random(in: ModelCluster.brokers, using: &dice)
        logs[id]?.epoch += 1
    }

    func metadata(of topics: Set<String>) -> MetadataResponse {
        var answer = MetadataResponse()
        answer.brokers = ModelCluster.brokers.map { id in
            var broker = MetadataResponse.Broker()
            broker.nodeID = id
            broker.host = "broker"
            broker.port = id
            return broker
        }
        answer.topics = topics.sorted().map { name in
            var topic = MetadataResponse.Topic()
            topic.name = name
            topic.topicID = topicID(name)
            if !logs.keys.contains(where: { $0.topic == name }) { topic.error = .unknownTopicOrPartition }
            topic.partitions = logs.keys.filter { $0.topic == name }.sorted().map { id in
                var partition = MetadataResponse.Partition()
                partition.partitionIndex = id.partition
                partition.leaderID = leaders[id] ?? -1
                partition.leaderEpoch = logs[id]?.epoch ?? -1
                return partition
            }
            return topic
        }
        return answer
    }

    func answer(
        _ request: FetchRequest, newest: Int16?, by broker: Int32, _ dice: inout SeededGenerator
    ) -> (FetchResponse, SharedBuffer) {
        let frame = SharedBuffer(capacity: 1_024)
        // What stands before the records of an answer.
        frame.fill { $0.appendZeros(40) }
        var response = FetchResponse()
        response.throttleTimeMilliseconds = dice.once(in: 30) ? 15 : 0
        let limit = frame.count + Int(request.maxBytes)
        var comesWhole = true
        for topic in request.topics {
            var answer = FetchResponse.Topic()
            let name = newest == nil ? leaders.keys.first { topicID($0.topic) == topic.topicID }?.topic : topic.name
            guard let name else { continue }
            answer.name = newest == nil ? "" : name
            answer.topicID = topic.topicID
            for asked in topic.partitions {
                let id = TopicPartition(name, asked.partitionIndex)
                var entry = self.entry(
                    asked, id, by: broker, room: max(0, limit - frame.count), comesWhole: comesWhole, frame, &dice)
                if case .inFrame(let range) = entry.records, !range.isEmpty { comesWhole = false }
                entry.partitionIndex = asked.partitionIndex
                answer.partitions.append(entry)
            }
            response.topics.append(answer)
        }
        if newest == nil {
            response.nodeEndpoints = ModelCluster.brokers.map {
                var endpoint = FetchResponse.NodeEndpoint()
                endpoint.nodeID = $0
                endpoint.host = "broker"
                endpoint.port = $0
                return endpoint
            }
        }
        return (response, frame)
    }

    private func entry(
        _ asked: FetchRequest.Partition, _ id: TopicPartition, by broker: Int32, room: Int, comesWhole: Bool,
        _ frame: SharedBuffer, _ dice: inout SeededGenerator
    ) -> FetchResponse.Partition {
        var entry = FetchResponse.Partition()
        guard let log = logs[id] else {
            entry.error = tellsIDs ? .unknownTopicID : .unknownTopicOrPartition
            return entry
        }
        guard leaders[id] == broker else {
            entry.error = .notLeaderOrFollower
            entry.currentLeader.leaderID = leaders[id] ?? -1
            entry.currentLeader.leaderEpoch = log.epoch
            return entry
        }
        if dice.once(in: errorChances) {
            entry.error = ModelCluster.errors.randomElement(using: &dice) ?? .kafkaStorageError
            return entry
        }
        guard (0...log.end).contains(asked.fetchOffset) else {
            entry.error = .offsetOutOfRange
            return entry
        }
        return log.fetch(
            from: asked.fetchOffset, maxBytes: min(Int(asked.partitionMaxBytes), room), comesWhole: comesWhole,
            isolation,
            endsTorn: dice.once(in: 3), into: frame)
    }
}
