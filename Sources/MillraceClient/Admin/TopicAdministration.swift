internal import MillraceCore
package import MillraceProtocol

/// A topic as the cluster tells of it.
package struct TopicDescription: Hashable, Sendable {
    package struct Partition: Hashable, Sendable {
        package var number: Int32
        /// Nil while there is none.
        package var leader: Int32?
        package var replicas: [Int32]
        package var inSync: [Int32]
    }
    package var name: String
    package var id: WireUUID
    package var isInternal: Bool
    package var partitions: [Partition]

    package var replicationFactor: Int { partitions.first?.replicas.count ?? 0 }
}

/// A topic to be made.
package struct TopicCreation: Hashable, Sendable {
    package var name: String
    /// Nil for the broker's default.
    package var partitionCount: Int32?
    /// Nil for the broker's default.
    package var replicationFactor: Int16?
    package var configs: [String: String]

    package init(
        _ name: String, partitionCount: Int32? = nil, replicationFactor: Int16? = nil, configs: [String: String] = [:]
    ) {
        self.name = name
        self.partitionCount = partitionCount
        self.replicationFactor = replicationFactor
        self.configs = configs
    }
}

/// A topic's config as the broker tells of it.
package struct TopicConfig: Hashable, Sendable {
    package var name: String
    package var value: String?
    /// Set for this topic, not a default.
    package var isSet: Bool
    package var isReadOnly: Bool
    package var isSensitive: Bool
}

/// What became of one of several things that were asked for; nil is success.
package typealias AdministrationResults = [(name: String, error: ClientError?)]

extension ClusterClient {
    /// The topics of these names, or all of them, by name.
    ///
    /// - Throws: `ClientError.refused` where one is not there.
    package func topics(_ names: [String]? = nil) throws(ClientError) -> [TopicDescription] {
        var request = MetadataRequest()
        request.allowAutoTopicCreation = false
        request.topics = names?.map { name in
            var topic = MetadataRequest.Topic()
            topic.name = name
            return topic
        }
        let answer = try ask(request) { answer throws(ClientError) in
            for topic in answer.topics where topic.error == .leaderNotAvailable {
                throw .refused(topic.error, subject: "topic \(topic.name ?? "")", message: nil)
            }
        }
        remember(answer)
        for topic in answer.topics where topic.error != .none {
            throw .refused(topic.error, subject: "topic \(topic.name ?? "")", message: nil)
        }
        return answer.topics.map(TopicDescription.init).sorted { $0.name < $1.name }
    }

    /// Makes topics; each has its own result.
    package func createTopics(
        _ creations: [TopicCreation], validateOnly: Bool = false
    ) throws(ClientError) -> AdministrationResults {
        var request = CreateTopicsRequest()
        request.timeoutMilliseconds = timeoutMilliseconds
        request.validateOnly = validateOnly
        request.topics = creations.map { creation in
            var topic = CreateTopicsRequest.Topic()
            topic.name = creation.name
            topic.partitionCount = creation.partitionCount ?? -1
            topic.replicationFactor = creation.replicationFactor ?? -1
            topic.configs = creation.configs.sorted { $0.key < $1.key }.map { name, value in
                var config = CreateTopicsRequest.Config()
                config.name = name
                config.value = value
                return config
            }
            return topic
        }
        let answer = try ask(request, of: .controller) { answer throws(ClientError) in
            try ClusterClient.retryIfMoved(answer.topics.map(\.error))
        }
        return answer.topics.map { ($0.name, .ifAny($0.error, $0.errorMessage)) }
    }

    package func deleteTopics(_ names: [String]) throws(ClientError) -> AdministrationResults {
        var request = DeleteTopicsRequest()
        request.timeoutMilliseconds = timeoutMilliseconds
        // Since version 6 topics may be named by id, and stand in another field.
        request.topicNames = names
        request.topics = names.map { name in
            var topic = DeleteTopicsRequest.Topic()
            topic.name = name
            return topic
        }
        let answer = try ask(request, of: .controller) { answer throws(ClientError) in
            try ClusterClient.retryIfMoved(answer.topics.map(\.error))
        }
        return answer.topics.map { ($0.name ?? "", .ifAny($0.error, $0.errorMessage)) }
    }

    /// Raises the number of partitions.
    package func addPartitions(to names: [String], total: Int32) throws(ClientError) -> AdministrationResults {
        var request = CreatePartitionsRequest()
        request.timeoutMilliseconds = timeoutMilliseconds
        request.topics = names.map { name in
            var topic = CreatePartitionsRequest.Topic()
            topic.name = name
            topic.count = total
            topic.assignments = nil
            return topic
        }
        let answer = try ask(request, of: .controller) { answer throws(ClientError) in
            try ClusterClient.retryIfMoved(answer.results.map(\.error))
        }
        return answer.results.map { ($0.name, .ifAny($0.error, $0.errorMessage)) }
    }

    /// Configs by topic.
    package func configs(of names: [String]) throws(ClientError) -> [String: [TopicConfig]] {
        var request = DescribeConfigsRequest()
        request.resources = names.map { name in
            var resource = DescribeConfigsRequest.Resource()
            resource.resourceType = ClusterClient.topicResource
            resource.resourceName = name
            resource.configurationKeys = nil
            return resource
        }
        let answer = try ask(request)
        var configs: [String: [TopicConfig]] = [:]
        for result in answer.results {
            if let error = ClientError.ifAny(result.error, result.errorMessage, subject: result.resourceName) {
                throw error
            }
            configs[result.resourceName] = result.configs.map {
                TopicConfig(
                    name: $0.name, value: $0.value, isSet: $0.configSource == 1, isReadOnly: $0.isReadOnly,
                    isSensitive: $0.isSensitive)
            }
        }
        return configs
    }

    /// Sets some configs of topics, puts others back to their defaults, leaves the rest (KIP-339).
    package func alterConfigs(
        of names: [String], set: [String: String], remove: [String]
    ) throws(ClientError) -> AdministrationResults {
        var request = IncrementalAlterConfigsRequest()
        request.resources = names.map { name in
            var resource = IncrementalAlterConfigsRequest.Resource()
            resource.resourceType = ClusterClient.topicResource
            resource.resourceName = name
            resource.configs =
                set.sorted { $0.key < $1.key }.map { ClusterClient.alteration($0.key, $0.value, operation: 0) }
                + remove.map { ClusterClient.alteration($0, nil, operation: 1) }
            return resource
        }
        return try ask(request, of: .controller).resources.map {
            ($0.resourceName, .ifAny($0.error, $0.errorMessage))
        }
    }

    private static func alteration(
        _ name: String, _ value: String?, operation: Int8
    ) -> IncrementalAlterConfigsRequest.Config {
        var config = IncrementalAlterConfigsRequest.Config()
        config.name = name
        config.value = value
        config.operation = operation
        return config
    }

    /// What Kafka calls a topic among the resources that have configs.
    private static let topicResource: Int8 = 2

    var timeoutMilliseconds: Int32 { Int32(clamping: configuration.timeout.wholeMilliseconds) }

    static func retryIfMoved(_ codes: [KafkaErrorCode]) throws(ClientError) {
        if let code = codes.first(where: { $0 == .notController }) { throw .refused(code, subject: "", message: nil) }
    }
}

extension TopicDescription {
    fileprivate init(_ topic: MetadataResponse.Topic) {
        self.init(
            name: topic.name ?? "", id: topic.topicID, isInternal: topic.isInternal,
            partitions: topic.partitions.map {
                Partition(
                    number: $0.partitionIndex, leader: $0.leaderID >= 0 ? $0.leaderID : nil, replicas: $0.replicas,
                    inSync: $0.inSyncReplicas)
            }.sorted { $0.number < $1.number })
    }
}

extension ClientError {
    /// Nil for success.
    static func ifAny(_ code: KafkaErrorCode, _ message: String?, subject: String = "") -> ClientError? {
        code == .none ? nil : .refused(code, subject: subject, message: message)
    }
}
