internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// TxnOffsetCommit: offsets that count once the transaction commits, fenced by the group's generation since version 3
/// (KIP-447). Answers at once: what makes them durable is the commit.
extension HandlerTable {
    mutating func addTransactionalOffsetCommit(_ environment: ServerEnvironment) {
        on(MillraceProtocol.TransactionalOffsetCommitRequest.self) { request, context in
            var wanted: [OffsetCommitPartition] = []
            var counts: [String: Int32] = [:]
            for topic in request.topics {
                let count = ((try? environment.broker.describeTopic(topic.name)) ?? nil)?.partitionCount ?? 0
                counts[topic.name] = count
                for partition in topic.partitions
                where (0..<count).contains(partition.partitionIndex) && partition.committedOffset >= 0 {
                    wanted.append(
                        OffsetCommitPartition(
                            partition: TopicPartition(topic.name, partition.partitionIndex),
                            offset: Offset(partition.committedOffset),
                            leaderEpoch: partition.committedLeaderEpoch, metadata: partition.committedMetadata ?? ""))
                }
            }
            var results: [TopicPartition: KafkaErrorCode] = [:]
            do throws(BrokerError) {
                let answer = try environment.broker.commitOffsets(
                    MillraceBroker.TransactionalOffsetCommitRequest(
                        transactionalID: request.transactionalID,
                        producer: ProducerIdentity(id: request.producerID, epoch: request.producerEpoch),
                        caller: GroupCaller(
                            groupID: request.groupID, memberID: request.memberID,
                            groupInstanceID: request.groupInstanceID, generation: request.generationID),
                        offsets: wanted),
                    version: context.apiVersion)
                for partition in answer.partitions { results[partition.partition] = partition.error }
            } catch {
                for offset in wanted { results[offset.partition] = error.code }
            }
            var response = TransactionalOffsetCommitResponse()
            response.topics = request.topics.map { topic in
                var answer = TransactionalOffsetCommitResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { partition in
                    var result = TransactionalOffsetCommitResponse.Partition()
                    result.partitionIndex = partition.partitionIndex
                    result.error =
                        (0..<(counts[topic.name] ?? 0)).contains(partition.partitionIndex)
                        ? results[TopicPartition(topic.name, partition.partitionIndex)] ?? .invalidRequest
                        : .unknownTopicOrPartition
                    return result
                }
                return answer
            }
            return response
        }
    }
}
