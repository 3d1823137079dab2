internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DeleteGroups: empty ones, with their offsets (KIP-229). Answers at once.
extension HandlerTable {
    mutating func addDeleteGroups(_ environment: ServerEnvironment) {
        on(MillraceProtocol.DeleteGroupsRequest.self) { request, _ in
            var response = DeleteGroupsResponse()
            response.results = request.groupNames.map { id in
                var result = DeleteGroupsResponse.Group()
                result.groupID = id
                switch environment.broker.ask(.delete(.init(groupIDs: [id])), group: id) {
                case .success(.delete(let deleted)): result.error = deleted.first?.error ?? .unknownServerError
                case .success: result.error = .unknownServerError
                case .failure(let error): result.error = error.code
                }
                return result
            }
            return response
        }
    }

    /// OffsetDelete: offsets of topics that nobody in the group reads (KIP-496). Answers at once.
    mutating func addOffsetDelete(_ environment: ServerEnvironment) {
        on(MillraceProtocol.OffsetDeleteRequest.self) { request, _ in
            let partitions = request.topics.flatMap { topic in
                topic.partitions.filter { $0.partitionIndex >= 0 }.map { TopicPartition(topic.name, $0.partitionIndex) }
            }
            var response = MillraceProtocol.OffsetDeleteResponse()
            var results: [TopicPartition: KafkaErrorCode] = [:]
            let asked = MillraceBroker.OffsetDeleteRequest(groupID: request.groupID, partitions: partitions)
            switch environment.broker.ask(.offsetDelete(asked), group: request.groupID) {
            case .success(.offsetDelete(let answer)):
                response.error = answer.error
                results = Dictionary(answer.partitions.map { ($0.partition, $0.error) }) { $1 }
            case .success: response.error = .unknownServerError
            case .failure(let error): response.error = error.code
            }
            guard response.error == .none else { return response }
            response.topics = request.topics.map { topic in
                var answer = MillraceProtocol.OffsetDeleteResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { partition in
                    var result = MillraceProtocol.OffsetDeleteResponse.Partition()
                    result.partitionIndex = partition.partitionIndex
                    result.error =
                        partition.partitionIndex < 0
                        ? .unknownTopicOrPartition
                        : results[TopicPartition(topic.name, partition.partitionIndex)] ?? .unknownTopicOrPartition
                    return result
                }
                return answer
            }
            return response
        }
    }
}
