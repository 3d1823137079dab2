internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ConsumerGroupDescribe: groups of the consumer protocol, with what each member has and is to get (KIP-848). Answers
/// at once.
extension HandlerTable {
    mutating func addConsumerGroupDescribe(_ environment: ServerEnvironment) {
        on(ConsumerGroupDescribeRequest.self) { request, _ in
            var response = ConsumerGroupDescribeResponse()
            response.groups = request.groupIDs.map { id in
                var group = ConsumerGroupDescribeResponse.Group()
                group.groupID = id
                switch environment.broker.ask(.consumerDescribe(.init(groupIDs: [id])), group: id) {
                case .success(.consumerDescribe(let described)):
                    if let described = described.first { group.take(described) }
                case .success: group.error = .unknownServerError
                case .failure(let error):
                    group.error = error.code
                    group.errorMessage = error.message
                }
                if request.includeAuthorizedOperations, group.error == .none {
                    group.authorizedOperations = AuthorizedOperations.group
                }
                return group
            }
            return response
        }
    }
}

extension ConsumerGroupDescribeResponse.Group {
    fileprivate mutating func take(_ described: DescribedConsumerGroup) {
        error = described.error
        errorMessage = described.message
        groupState = described.state
        groupEpoch = described.epoch
        assignmentEpoch = described.assignmentEpoch
        assignorName = described.assignor
        members = described.members.map { member in
            var wire = ConsumerGroupDescribeResponse.Member()
            wire.memberID = member.memberID
            wire.instanceID = member.instanceID
            wire.rackID = member.rackID
            wire.memberEpoch = member.memberEpoch
            wire.clientID = member.clientID
            wire.clientHost = member.clientHost
            wire.subscribedTopicNames = member.topicNames
            wire.subscribedTopicRegex = member.topicPattern
            wire.assignment = .init(member.assignment)
            wire.targetAssignment = .init(member.targetAssignment)
            wire.memberType = member.memberType
            return wire
        }
    }
}

extension ConsumerGroupDescribeResponse.Assignment {
    fileprivate init(_ assignment: [DescribedConsumerGroup.Assignment]) {
        self.init()
        topicPartitions = assignment.map { part in
            var topic = ConsumerGroupDescribeResponse.TopicPartitions()
            topic.topicID = WireUUID(part.topic)
            topic.topicName = part.name
            topic.partitionIndexes = part.partitions
            return topic
        }
    }
}
