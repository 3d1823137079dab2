internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// OffsetForLeaderEpoch: where an epoch has ended; clients find out so whether the log was cut back behind them
/// (KIP-320). There is one leader and one epoch, whose end is the log end.
extension HandlerTable {
    mutating func addOffsetForLeaderEpoch(_ environment: ServerEnvironment) {
        let broker = environment.broker
        on(OffsetForLeaderEpochRequest.self) { request, _ in
            var response = OffsetForLeaderEpochResponse()
            response.topics = request.topics.map { topic in
                var answer = OffsetForLeaderEpochResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitions.map { asked in
                    var found = OffsetForLeaderEpochResponse.Partition()
                    found.partitionIndex = asked.partitionIndex
                    do throws(BrokerError) {
                        let partition = try broker.partition(TopicPartition(topic.name, asked.partitionIndex))
                        guard asked.currentLeaderEpoch <= Partition.leaderEpoch else {
                            throw BrokerError(.unknownLeaderEpoch, "no such leader epoch")
                        }
                        if let end = try partition.endOffset(ofEpoch: asked.leaderEpoch) {
                            found.leaderEpoch = asked.leaderEpoch
                            found.endOffset = end.rawValue
                        }
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
