internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// CreateTopics: each topic by itself, so that one refused does not keep the others from being made. Runs on a worker;
/// making a topic takes I/O. Rules: Kafka's protocol guide, KIP-464 (defaults), KIP-525 (configs in the answer),
/// `PROTOCOL.md` §2.2 39.
extension HandlerTable {
    mutating func addCreateTopics(_ environment: ServerEnvironment) {
        onWorker(CreateTopicsRequest.self) { request, context in
            let creation = TopicCreation(environment: environment, version: context.apiVersion)
            var counts: [String: Int] = [:]
            for topic in request.topics { counts[topic.name, default: 0] += 1 }
            var response = CreateTopicsResponse()
            var answered: Set<String> = []
            for topic in request.topics where answered.insert(topic.name).inserted {
                let isTwice = counts[topic.name, default: 0] > 1
                response.topics.append(
                    isTwice
                        ? .refused(topic.name, .invalidRequest, "the request names the topic '\(topic.name)' twice")
                        : creation.create(topic, validateOnly: request.validateOnly))
            }
            return response
        }
    }
}

/// Makes one topic of a request. I/O by the broker; on a worker's thread.
private struct TopicCreation {
    let environment: ServerEnvironment
    let version: Int16

    func create(_ topic: CreateTopicsRequest.Topic, validateOnly: Bool) -> CreateTopicsResponse.Topic {
        do throws(BrokerError) {
            let partitionCount = try partitionCount(of: topic)
            var configs: [String: String] = [:]
            for config in topic.configs {
                guard let value = config.value else {
                    throw BrokerError(.invalidConfig, "the config '\(config.name)' has no value")
                }
                guard configs.updateValue(value, forKey: config.name) == nil else {
                    throw BrokerError(.invalidConfig, "the config '\(config.name)' is given twice")
                }
            }
            let made = try environment.broker.createTopic(
                topic.name, partitionCount: partitionCount, configuration: configs, validateOnly: validateOnly)
            return description(of: made)
        } catch {
            return .refused(topic.name, error.code, error.message)
        }
    }

    /// Nil for the broker's default.
    private func partitionCount(of topic: CreateTopicsRequest.Topic) throws(BrokerError) -> Int32? {
        guard topic.assignments.isEmpty else {
            guard topic.partitionCount == -1, topic.replicationFactor == -1 else {
                throw BrokerError(
                    .invalidRequest, "where replicas are assigned, neither their number nor that of partitions is given"
                )
            }
            let indexes = topic.assignments.map(\.partitionIndex).sorted()
            guard indexes == Array(0..<Int32(indexes.count)) else {
                throw BrokerError(.invalidReplicaAssignment, "the assigned partitions are not 0, 1, 2 …")
            }
            for assignment in topic.assignments {
                try ReplicaRules.check(assignment.brokerIDs, environment: environment)
            }
            return Int32(indexes.count)
        }
        try ReplicaRules.check(factor: topic.replicationFactor, environment: environment)
        return topic.partitionCount == -1 ? nil : topic.partitionCount
    }

    private func description(of made: TopicDefinition) -> CreateTopicsResponse.Topic {
        var answer = CreateTopicsResponse.Topic()
        answer.name = made.name
        answer.topicID = WireUUID(made.id)
        answer.partitionCount = made.partitionCount
        answer.replicationFactor = 1
        answer.configs = made.configuration.entries.map { entry in
            var config = CreateTopicsResponse.Config()
            config.name = entry.name
            config.value = entry.value
            config.isReadOnly = entry.isReadOnly
            config.configSource = entry.source.rawValue
            return config
        }
        return answer
    }
}

extension CreateTopicsResponse.Topic {
    fileprivate static func refused(_ name: String, _ error: KafkaErrorCode, _ message: String) -> Self {
        var answer = Self()
        answer.name = name
        answer.error = error
        answer.errorMessage = message
        answer.configs = nil
        return answer
    }
}
