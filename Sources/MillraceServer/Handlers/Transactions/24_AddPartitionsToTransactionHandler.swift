internal import MillraceBroker
internal import MillraceCore
internal import MillraceProtocol

/// AddPartitionsToTxn: of one transaction until version 3, of several since (KIP-890, brokers only). What begins a
/// transaction of version 1 is synced: on a worker.
extension HandlerTable {
    mutating func addAddPartitionsToTransaction(_ environment: ServerEnvironment) {
        onWorker(AddPartitionsToTransactionRequest.self) { request, context in
            var response = AddPartitionsToTransactionResponse()
            guard context.apiVersion >= 4 else {
                var transaction = AddPartitionsToTransactionRequest.Transaction()
                transaction.transactionalID = request.transactionalID
                transaction.producerID = request.producerID
                transaction.producerEpoch = request.producerEpoch
                transaction.topics = request.topics
                response.topicResults = adding(transaction, environment.broker, version: context.apiVersion)
                return response
            }
            response.transactionResults = request.transactions.map { transaction in
                var result = AddPartitionsToTransactionResponse.TransactionResult()
                result.transactionalID = transaction.transactionalID
                result.topicResults = adding(transaction, environment.broker, version: context.apiVersion)
                return result
            }
            return response
        }
    }
}

private func adding(
    _ transaction: AddPartitionsToTransactionRequest.Transaction, _ broker: Broker, version: Int16
) -> [AddPartitionsToTransactionResponse.TopicResult] {
    // A partition below 0 is none, and keeps all others from being added, like any that there is not.
    let isImpossible = transaction.topics.contains { $0.partitionIndexes.contains { $0 < 0 } }
    let partitions = transaction.topics.flatMap { topic in
        topic.partitionIndexes.filter { $0 >= 0 }.map { TopicPartition(topic.name, $0) }
    }
    var codes: [KafkaErrorCode]
    if isImpossible {
        codes = partitions.map { _ in .operationNotAttempted }
    } else {
        codes = broker.addPartitionsToTransaction(
            partitions, transactionalID: transaction.transactionalID,
            producer: ProducerIdentity(id: transaction.producerID, epoch: transaction.producerEpoch),
            isVerification: transaction.verifyOnly, version: version)
    }
    codes.reverse()
    return transaction.topics.map { topic in
        var result = AddPartitionsToTransactionResponse.TopicResult()
        result.name = topic.name
        result.partitionResults = topic.partitionIndexes.map { index in
            var partition = AddPartitionsToTransactionResponse.PartitionResult()
            partition.partitionIndex = index
            partition.error = index < 0 ? .unknownTopicOrPartition : codes.popLast() ?? .unknownServerError
            return partition
        }
        return result
    }
}
