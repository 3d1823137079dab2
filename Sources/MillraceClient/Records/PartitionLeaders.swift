package import MillraceCore
package import MillraceProtocol

/// Which broker leads each partition, as the cluster last told. Knows only topics that were asked for. Pure; the owner
/// asks the cluster and brings the answers.
package struct PartitionLeaders {
    /// A broker that leads a partition, and since when.
    package struct Leader: Hashable, Sendable {
        package var broker: Int32
        /// Grows with every election (KIP-320); -1 where brokers do not tell.
        package var epoch: Int32

        package init(broker: Int32, epoch: Int32) {
            self.broker = broker
            self.epoch = epoch
        }
    }

    private var leaders: [TopicPartition: Leader] = [:]
    private var addresses: [Int32: BrokerAddress] = [:]
    private var partitionCounts: [String: Int32] = [:]
    private var topicIDs: [String: WireUUID] = [:]
    /// Topics of which something is known to be old.
    package private(set) var staleTopics: Set<String> = []

    package init() {}

    /// Nil where none is known.
    package func leader(of partition: TopicPartition) -> Leader? { leaders[partition] }
    package func address(of broker: Int32) -> BrokerAddress? { addresses[broker] }
    /// Nil of a topic that was not asked for, or that is not there.
    package func partitionCount(of topic: String) -> Int32? { partitionCounts[topic] }

    /// Zero where none is known: brokers tell it since Kafka 2.8 (KIP-516).
    package func topicID(of topic: String) -> WireUUID { topicIDs[topic] ?? .zero }

    /// Has the topic's leaders asked for again: a broker that was taken for the leader says that it is not, or cannot
    /// be reached.
    package mutating func markStale(_ topic: String) { staleTopics.insert(topic) }

    /// What a broker that is not the leader any more tells of its successor (KIP-951). An older epoch than the known
    /// one is passed over.
    package mutating func learn(_ leader: Leader, of partition: TopicPartition, at address: BrokerAddress?) {
        guard leader.broker >= 0, leader.epoch > (leaders[partition]?.epoch ?? -1) else { return }
        if let address { addresses[leader.broker] = address }
        guard addresses[leader.broker] != nil else { return markStale(partition.topic) }
        leaders[partition] = leader
    }

    /// Takes the answer for these topics. A partition without a leader leaves its topic stale; a leader of an older
    /// epoch than the known one is passed over, since brokers learn of elections at different times.
    package mutating func take(_ answer: MetadataResponse, for topics: Set<String>) {
        for broker in answer.brokers {
            guard let port = UInt16(exactly: broker.port) else { continue }
            addresses[broker.nodeID] = BrokerAddress(host: broker.host, port: port)
        }
        for topic in answer.topics {
            guard let name = topic.name, topics.contains(name) else { continue }
            staleTopics.remove(name)
            switch topic.error {
            case .none:
                // One of the same name that was made anew: epochs begin anew, too.
                if let known = topicIDs[name], known != topic.topicID { forget(name) }
                partitionCounts[name] = Int32(topic.partitions.count)
                if topic.topicID != .zero { topicIDs[name] = topic.topicID }
            case .unknownTopicOrPartition:
                forget(name)
                continue
            default:
                staleTopics.insert(name)
                continue
            }
            for partition in topic.partitions {
                let id = TopicPartition(name, partition.partitionIndex)
                guard partition.leaderID >= 0, addresses[partition.leaderID] != nil else {
                    staleTopics.insert(name)
                    continue
                }
                let leader = Leader(broker: partition.leaderID, epoch: partition.leaderEpoch)
                if let known = leaders[id], leader.epoch >= 0, known.epoch > leader.epoch {
                    staleTopics.insert(name)
                    continue
                }
                leaders[id] = leader
            }
        }
    }

    /// The topic is gone; one of the same name, whose epochs begin anew, may come.
    package mutating func forget(_ topic: String) {
        for partition in 0..<(partitionCounts[topic] ?? 0) { leaders[TopicPartition(topic, partition)] = nil }
        partitionCounts[topic] = nil
        topicIDs[topic] = nil
        staleTopics.remove(topic)
    }
}

extension ClusterClient {
    /// Asks for the leaders of topics, once: what is not there is not in the answer, or stale in it.
    package func refresh(
        _ leaders: inout PartitionLeaders, of topics: Set<String>, timeout: Duration
    ) throws(ClientError) {
        guard !topics.isEmpty else { return }
        leaders.take(try self.leaders(of: topics, timeout: timeout), for: topics)
    }

    /// What `PartitionLeaders.take` wants to know.
    package func leaders(of topics: Set<String>, timeout: Duration) throws(ClientError) -> MetadataResponse {
        var request = MetadataRequest()
        request.allowAutoTopicCreation = false
        request.topics = topics.sorted().map { name in
            var topic = MetadataRequest.Topic()
            topic.name = name
            return topic
        }
        let answer = try ask(request, timeout: timeout)
        remember(answer)
        return answer
    }
}
