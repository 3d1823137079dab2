internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ConsumerGroupHeartbeat: a member of the consumer protocol joins, stays or leaves (KIP-848; version 1: KIP-1082 and
/// regular expressions). Answers at once.
extension HandlerTable {
    mutating func addConsumerGroupHeartbeat(_ environment: ServerEnvironment) {
        on(MillraceProtocol.ConsumerGroupHeartbeatRequest.self) { request, context in
            let version = context.apiVersion
            let heartbeat = MillraceBroker.ConsumerGroupHeartbeatRequest(
                groupID: request.groupID, memberID: request.memberID, memberEpoch: request.memberEpoch,
                instanceID: request.instanceID, rackID: request.rackID,
                rebalanceTimeout: request.rebalanceTimeoutMilliseconds < 0
                    ? nil : Duration(wireMilliseconds: request.rebalanceTimeoutMilliseconds),
                topicNames: request.subscribedTopicNames, topicPattern: request.subscribedTopicRegex,
                assignor: request.serverAssignor,
                ownedPartitions: request.topicPartitions.map { list in
                    list.map { TopicIDPartitions(topic: $0.topicID.topicID, partitions: $0.partitionIndexes) }
                },
                clientID: context.clientID ?? "", clientHost: "/\(context.peer.host)",
                requiresMemberID: version >= 1)
            var response = MillraceProtocol.ConsumerGroupHeartbeatResponse()
            switch environment.broker.ask(.consumerHeartbeat(heartbeat), group: request.groupID) {
            case .success(.consumerHeartbeat(let answer)): response.take(answer)
            case .success: response.error = .unknownServerError
            case .failure(let error):
                response.error = error.code
                response.errorMessage = error.message
            }
            return response
        }
    }
}

extension MillraceProtocol.ConsumerGroupHeartbeatResponse {
    fileprivate mutating func take(_ answer: MillraceBroker.ConsumerGroupHeartbeatResponse) {
        error = answer.error
        errorMessage = answer.message
        memberID = answer.memberID
        memberEpoch = answer.memberEpoch
        heartbeatIntervalMilliseconds = Int32(clamping: answer.heartbeatInterval.wholeMilliseconds)
        guard let partitions = answer.assignment else { return }
        var wire = Assignment()
        wire.topicPartitions = partitions.map { list in
            var topic = TopicPartitions()
            topic.topicID = WireUUID(list.topic)
            topic.partitionIndexes = list.partitions
            return topic
        }
        assignment = wire
    }
}
