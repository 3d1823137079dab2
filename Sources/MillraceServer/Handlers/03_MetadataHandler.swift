internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// Metadata: brokers, topics, leaders. Answered on the loop's thread, unless topics are to be made: that takes the
/// disk, and so a worker. A topic that is made here can be used at once. Rules: Kafka's protocol guide, "Metadata API";
/// KIP-516 for ids, KIP-430 for operations.
extension HandlerTable {
    mutating func addMetadata(_ environment: ServerEnvironment) {
        let handler = MetadataHandler(environment: environment)
        onLater(MetadataRequest.self) { request, context, reply in
            let missing = handler.topicsToMake(request, context)
            guard !missing.isEmpty else { return reply.complete(handler.answer(request, context)) }
            environment.onWorker {
                handler.make(missing)
                reply.complete(handler.answer(request, context))
            }
        }
    }
}

private struct MetadataHandler: Sendable {
    let environment: ServerEnvironment
    private var broker: Broker { environment.broker }

    // MARK: Topics on demand

    func topicsToMake(_ request: MetadataRequest, _ context: RequestContext) -> [String] {
        guard environment.configuration.createsTopicsOnDemand, request.allowAutoTopicCreation else { return [] }
        return (request.topics ?? []).filter { $0.topicID == .zero }.compactMap(\.name).filter { name in
            TopicName.complaint(about: name) == nil && !TopicName.isInternal(name)
                && (try? broker.describeTopic(name)) == .some(nil)
        }
    }

    /// What cannot be made is told as missing; another client may have made it meanwhile.
    func make(_ topics: [String]) {
        for topic in topics { _ = try? broker.createTopic(topic) }
    }

    // MARK: Answering

    func answer(_ request: MetadataRequest, _ context: RequestContext) -> MetadataResponse {
        var response = MetadataResponse()
        let endpoint = environment.endpoint(for: context.peer)
        var node = MetadataResponse.Broker()
        node.nodeID = environment.nodeID
        node.host = endpoint.host
        node.port = endpoint.port
        response.brokers = [node]
        response.clusterID = broker.clusterID
        response.controllerID = environment.nodeID
        if request.includeClusterAuthorizedOperations {
            response.clusterAuthorizedOperations = AuthorizedOperations.cluster
        }
        response.topics = topics(request, version: context.apiVersion)
        if request.includeTopicAuthorizedOperations {
            for index in response.topics.indices where response.topics[index].error == .none {
                response.topics[index].topicAuthorizedOperations = AuthorizedOperations.topic
            }
        }
        return response
    }

    private func topics(_ request: MetadataRequest, version: Int16) -> [MetadataResponse.Topic] {
        guard let asked = request.topics, !(version == 0 && asked.isEmpty) else {
            let names = (try? broker.listTopics()) ?? []
            return names.compactMap { (try? broker.describeTopic($0)).flatMap { $0 } }.map(describe)
        }
        return asked.map { topic in
            // The Java client sends an empty name beside an id.
            if topic.topicID != .zero || topic.name == nil {
                return describe(TopicID(high: topic.topicID.high, low: topic.topicID.low), topic.topicID)
            }
            return describe(topic.name ?? "")
        }
    }

    private func describe(_ name: String) -> MetadataResponse.Topic {
        if let definition = (try? broker.describeTopic(name)).flatMap({ $0 }) { return describe(definition) }
        var topic = MetadataResponse.Topic()
        topic.name = name
        topic.error = TopicName.complaint(about: name) == nil ? .unknownTopicOrPartition : .invalidTopicException
        return topic
    }

    private func describe(_ id: TopicID, _ wireID: WireUUID) -> MetadataResponse.Topic {
        if let definition = (try? broker.describeTopic(id: id)).flatMap({ $0 }) { return describe(definition) }
        var topic = MetadataResponse.Topic()
        topic.name = nil
        topic.topicID = wireID
        topic.error = .unknownTopicID
        return topic
    }

    private func describe(_ definition: TopicDefinition) -> MetadataResponse.Topic {
        var topic = MetadataResponse.Topic()
        topic.name = definition.name
        topic.topicID = WireUUID(high: definition.id.high, low: definition.id.low)
        topic.isInternal = TopicName.isInternal(definition.name)
        topic.partitions = (0..<definition.partitionCount).map { number in
            var partition = MetadataResponse.Partition()
            partition.partitionIndex = number
            partition.leaderID = environment.nodeID
            partition.leaderEpoch = Partition.leaderEpoch
            partition.replicas = [environment.nodeID]
            partition.inSyncReplicas = [environment.nodeID]
            return partition
        }
        return topic
    }
}
