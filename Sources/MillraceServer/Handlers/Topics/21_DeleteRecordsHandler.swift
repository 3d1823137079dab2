internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DeleteRecords: everything before an offset of each partition, -1 for all that is there (KIP-107). On a worker.
extension HandlerTable {
    mutating func addDeleteRecords(_ environment: ServerEnvironment) {
        onWorker(DeleteRecordsRequest.self) { request, _ in
            var response = DeleteRecordsResponse()
            response.topics = request.topics.map { topic in
                var answer = DeleteRecordsResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { partition in
                    var result = DeleteRecordsResponse.Partition()
                    result.partitionIndex = partition.partitionIndex
                    do throws(BrokerError) {
                        let id = try TopicPartition(wire: topic.name, partition.partitionIndex)
                        let start = try environment.broker.deleteRecords(of: id, before: partition.offset)
                        result.lowWatermark = start.rawValue
                    } catch {
                        result.lowWatermark = -1
                        result.error = error.code
                    }
                    return result
                }
                return answer
            }
            return response
        }
    }
}

extension TopicPartition {
    /// A partition that a client names; a number below 0 is none.
    init(wire topic: String, _ partition: Int32) throws(BrokerError) {
        guard partition >= 0 else {
            throw BrokerError(.unknownTopicOrPartition, "the topic '\(topic)' has no partition \(partition)")
        }
        self.init(topic, partition)
    }
}
