internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// CreatePartitions: grows topics (KIP-195). On a worker: new logs take I/O.
extension HandlerTable {
    mutating func addCreatePartitions(_ environment: ServerEnvironment) {
        onWorker(CreatePartitionsRequest.self) { request, _ in
            var counts: [String: Int] = [:]
            for topic in request.topics { counts[topic.name, default: 0] += 1 }
            var response = CreatePartitionsResponse()
            var answered: Set<String> = []
            for topic in request.topics where answered.insert(topic.name).inserted {
                var result = CreatePartitionsResponse.Topic()
                result.name = topic.name
                do throws(BrokerError) {
                    guard counts[topic.name] == 1 else {
                        throw BrokerError(.invalidRequest, "the request names the topic '\(topic.name)' twice")
                    }
                    try grow(topic, environment, validateOnly: request.validateOnly)
                } catch {
                    result.error = error.code
                    result.errorMessage = error.message
                }
                response.results.append(result)
            }
            return response
        }
    }
}

private func grow(
    _ topic: CreatePartitionsRequest.Topic, _ environment: ServerEnvironment, validateOnly: Bool
) throws(BrokerError) {
    guard let definition = try environment.broker.describeTopic(topic.name) else {
        throw BrokerError(.unknownTopicOrPartition, "there is no topic '\(topic.name)'")
    }
    if let assignments = topic.assignments {
        guard assignments.count == Int(topic.count) - Int(definition.partitionCount) else {
            throw BrokerError(
                .invalidReplicaAssignment,
                "\(assignments.count) new partitions are assigned, but \(definition.partitionCount) are to become "
                    + "\(topic.count)")
        }
        for assignment in assignments { try ReplicaRules.check(assignment.brokerIDs, environment: environment) }
    }
    try environment.broker.createPartitions(topic.name, count: topic.count, validateOnly: validateOnly)
}
