internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// DescribeTransactions: transactional ids as their coordinator knows them (KIP-664). Answers at once, from memory.
extension HandlerTable {
    mutating func addDescribeTransactions(_ environment: ServerEnvironment) {
        on(DescribeTransactionsRequest.self) { request, _ in
            var response = DescribeTransactionsResponse()
            response.transactions = request.transactionalIDs.map { id in
                do throws(BrokerError) {
                    return .init(try environment.broker.describeTransaction(id))
                } catch {
                    var answer = DescribeTransactionsResponse.Transaction()
                    answer.transactionalID = id
                    answer.error = error.code
                    return answer
                }
            }
            return response
        }
    }
}

extension DescribeTransactionsResponse.Transaction {
    fileprivate init(_ transaction: TransactionMetadata) {
        self.init()
        transactionalID = transaction.transactionalID
        state = transaction.status.name
        timeoutMilliseconds = transaction.timeoutMilliseconds
        startTimeMilliseconds = transaction.startedAt?.millisecondsSinceEpoch ?? -1
        producerID = transaction.producer.id
        producerEpoch = transaction.producer.epoch
        for partition in transaction.partitions {
            if topics.last?.name != partition.topic {
                var topic = DescribeTransactionsResponse.Topic()
                topic.name = partition.topic
                topics.append(topic)
            }
            topics[topics.count - 1].partitionIndexes.append(partition.partition)
        }
    }
}
