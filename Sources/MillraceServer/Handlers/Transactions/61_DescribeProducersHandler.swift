internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DescribeProducers: who writes to partitions, and what of it is open (KIP-664). Answers at once, from memory.
extension HandlerTable {
    mutating func addDescribeProducers(_ environment: ServerEnvironment) {
        on(DescribeProducersRequest.self) { request, _ in
            var response = DescribeProducersResponse()
            response.topics = request.topics.map { topic in
                var answer = DescribeProducersResponse.Topic()
                answer.name = topic.name
                answer.partitions = topic.partitionIndexes.map { index in
                    var partition = DescribeProducersResponse.Partition()
                    partition.partitionIndex = index
                    do throws(BrokerError) {
                        let id = try TopicPartition(wire: topic.name, index)
                        partition.activeProducers = try environment.broker.describeProducers(of: id).map { .init($0) }
                    } catch {
                        partition.error = error.code
                        partition.errorMessage = error.message
                    }
                    return partition
                }
                return answer
            }
            return response
        }
    }
}

extension DescribeProducersResponse.Producer {
    fileprivate init(_ producer: ProducerDescription) {
        self.init()
        producerID = producer.producer.id
        producerEpoch = Int32(producer.producer.epoch)
        lastSequence = producer.lastSequence
        lastTimestamp = producer.lastTimestamp.millisecondsSinceEpoch
        coordinatorEpoch = producer.coordinatorEpoch
        transactionStartOffset = producer.transactionStart?.rawValue ?? -1
    }
}
