internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// ListOffsets: the ends of partitions, and offsets by time. It may read a segment's index and batches, so it runs on a
/// worker. What is not found is no error: offset -1. Rules: KIP-79, KIP-734, KIP-405.
extension HandlerTable {
    mutating func addListOffsets(_ environment: ServerEnvironment) {
        let broker = environment.broker
        onWorker(ListOffsetsRequest.self) { request, _ in
            let isolation: IsolationLevel = request.isolationLevel == 1 ? .readCommitted : .readUncommitted
            var response = ListOffsetsResponse()
            response.topics = request.topics.map { topic in
                var answer = ListOffsetsResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { partition in
                    var found = ListOffsetsResponse.Partition()
                    found.partitionIndex = partition.partitionIndex
                    do throws(BrokerError) {
                        try found.lookUp(partition, topic: topic.name, isolation, broker)
                    } catch {
                        found.error = error.code
                    }
                    return found
                }
                return answer
            }
            return response
        }
    }
}

extension ListOffsetsResponse.Partition {
    fileprivate mutating func lookUp(
        _ asked: ListOffsetsRequest.Partition, topic: String, _ isolation: IsolationLevel, _ broker: Broker
    ) throws(BrokerError) {
        let partition = try broker.partition(TopicPartition(topic, asked.partitionIndex))
        guard asked.currentLeaderEpoch <= Partition.leaderEpoch else {
            throw BrokerError(.unknownLeaderEpoch, "there has been no leader epoch \(asked.currentLeaderEpoch)")
        }
        guard let query = OffsetQuery(timestamp: asked.timestamp) else {
            throw BrokerError(.unsupportedVersion, "\(asked.timestamp) is no timestamp")
        }
        let result = try partition.lookUp(query, isolation: isolation)
        offset = result.offset
        timestamp = result.timestamp
        leaderEpoch = result.leaderEpoch
    }
}
