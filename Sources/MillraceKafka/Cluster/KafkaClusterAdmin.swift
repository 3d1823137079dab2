internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// Administration over the wire. From any thread, one at a time; blocks the caller.
final class KafkaClusterAdmin: ClusterAdmin {
    private let client: Monitor<ClusterClient>
    private let pause = Monitor(false)

    /// How long a topic that was made may take to be known to all brokers.
    private static let propagationTime = Duration.seconds(30)

    init(_ settings: ClusterSettings) {
        client = Monitor(ClusterClient(settings.clientConfiguration(clientID: "millrace-admin")))
    }

    func createTopic(_ specification: TopicSpecification) throws(ClusterError) {
        try asking { client throws(ClientError) in
            let results = try client.createTopics([
                TopicCreation(
                    specification.name, partitionCount: specification.partitionCount,
                    configs: specification.configuration)
            ])
            for result in results { if let error = result.error { throw error } }
        }
        // A broker that has not heard of it yet would say that there is no such topic.
        let deadline = ContinuousClock.now + KafkaClusterAdmin.propagationTime
        while try topic(specification.name) == nil, ContinuousClock.now < deadline {
            _ = pause.wait(timeout: .milliseconds(20)) { $0 }
        }
    }

    func describeTopic(_ name: String) throws(ClusterError) -> MillraceCluster.TopicDescription? {
        guard let topic = try topic(name) else { return nil }
        let configs = try asking { client throws(ClientError) in try client.configs(of: [name]) }
        var values: [String: String] = [:]
        for config in configs[name] ?? [] { if let value = config.value { values[config.name] = value } }
        return MillraceCluster.TopicDescription(
            name: name, partitionCount: Int32(topic.partitions.count), configuration: values)
    }

    private func topic(_ name: String) throws(ClusterError) -> MillraceClient.TopicDescription? {
        do {
            return try asking { client throws(ClientError) in try client.topics([name]) }.first
        } catch  where error.kind == .unknownTopic {
            return nil
        }
    }

    func listTopics() throws(ClusterError) -> [String] {
        try asking { client throws(ClientError) in try client.topics() }.map(\.name)
    }

    func deleteTopic(_ name: String) throws(ClusterError) {
        try asking { client throws(ClientError) in
            for result in try client.deleteTopics([name]) { if let error = result.error { throw error } }
        }
    }

    func deleteRecords(before offset: Offset, in partition: TopicPartition) throws(ClusterError) {
        try asking { client throws(ClientError) in
            try client.deleteRecords(before: offset.rawValue, in: partition)
        }
    }

    func offset(
        of partition: TopicPartition, at position: MillraceCluster.OffsetQuery
    ) throws(ClusterError) -> Offset? {
        try asking { client throws(ClientError) in try client.offset(of: partition, at: position) }
    }

    func committedOffsets(
        group: String, partitions: [TopicPartition]
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        try asking { client throws(ClientError) in try client.committed(by: group, partitions) }
            .mapValues { CommittedOffset(Offset($0.offset), metadata: $0.metadata) }
    }

    func disconnect() {
        client.withLock { $0.disconnect() }
    }

    private func asking<Result: Sendable>(
        _ body: (ClusterClient) throws(ClientError) -> Result
    ) throws(ClusterError) -> Result {
        do {
            return try client.withLock { client throws(ClientError) in try body(client) }
        } catch {
            throw ClusterError(error)
        }
    }
}

extension ClusterClient {
    /// The offset at a place or a time of a partition; nil where no record is that late.
    func offset(
        of partition: TopicPartition, at position: MillraceCluster.OffsetQuery
    ) throws(ClientError) -> Offset? {
        let found: [TopicPartition: Int64]
        switch position {
        case .earliest: found = try offsets([partition: .earliest])
        case .latest(let isolation): found = try offsets([partition: .latest], isolation: isolation)
        case .atOrAfter(let time): found = try offsets([partition: .at(time)])
        }
        return found[partition].map { Offset($0) }
    }
}
