package import MillraceCore
internal import MillraceProtocol

extension ClusterClient {
    /// Forgets the records of a partition before an offset (KIP-107).
    package func deleteRecords(before offset: Int64, in partition: TopicPartition) throws(ClientError) {
        var entry = DeleteRecordsRequest.Partition()
        entry.partitionIndex = partition.partition
        entry.offset = offset
        var topic = DeleteRecordsRequest.Topic()
        topic.name = partition.topic
        topic.partitions = [entry]
        var request = DeleteRecordsRequest()
        request.topics = [topic]
        request.timeoutMilliseconds = timeoutMilliseconds
        let deadline = ContinuousClock.now + configuration.timeout
        try retrying(until: deadline) { () throws(ClientError) in
            for (leader, _) in try leaders(of: [partition]) {
                let answer = try ask(request, of: .broker(leader))
                for result in answer.topics.flatMap(\.partitions) {
                    if let error = ClientError.ifAny(result.error, nil, subject: "\(partition)") { throw error }
                }
            }
        }
    }
}
