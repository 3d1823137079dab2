internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DeleteTopics, by name or, since version 6, by id (KIP-516). Runs on a worker: removing files takes I/O.
extension HandlerTable {
    mutating func addDeleteTopics(_ environment: ServerEnvironment) {
        onWorker(DeleteTopicsRequest.self) { request, context in
            var wanted = request.topics
            if context.apiVersion < 6 {
                wanted = request.topicNames.map { name in
                    var topic = DeleteTopicsRequest.Topic()
                    topic.name = name
                    return topic
                }
            }
            var response = DeleteTopicsResponse()
            response.topics = wanted.map { delete($0, environment.broker) }
            return response
        }
    }
}

private func delete(_ topic: DeleteTopicsRequest.Topic, _ broker: Broker) -> DeleteTopicsResponse.Topic {
    var answer = DeleteTopicsResponse.Topic()
    answer.name = topic.name
    answer.topicID = topic.topicID
    do throws(BrokerError) {
        if let name = topic.name {
            guard topic.topicID == .zero else {
                throw BrokerError(.invalidRequest, "a topic is named either by its name or by its id, not by both")
            }
            if let id = try broker.describeTopic(name)?.id { answer.topicID = WireUUID(id) }
            try broker.deleteTopic(name)
        } else {
            guard let definition = try broker.describeTopic(id: topic.topicID.topicID) else {
                throw BrokerError(.unknownTopicID, "there is no topic with this id")
            }
            answer.name = definition.name
            try broker.deleteTopic(definition.name)
        }
    } catch {
        answer.error = error.code
        answer.errorMessage = error.message
    }
    return answer
}
