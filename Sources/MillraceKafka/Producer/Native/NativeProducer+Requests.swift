internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// The requests of a transaction, in the producer's name. Pure.
extension NativeProducer {
    /// AddPartitionsToTxn, for partitions of the queue.
    func admissionRequest(_ indexes: [Int], to transactionalID: String) -> AddPartitionsToTransactionRequest {
        var request = AddPartitionsToTransactionRequest()
        request.transactionalID = transactionalID
        request.producerID = queue.identity.id
        request.producerEpoch = queue.identity.epoch
        for id in indexes.map({ queue.partitions[$0].id }).sorted() {
            if request.topics.last?.name != id.topic {
                var topic = AddPartitionsToTransactionRequest.Topic()
                topic.name = id.topic
                request.topics.append(topic)
            }
            request.topics[request.topics.count - 1].partitionIndexes.append(id.partition)
        }
        return request
    }

    /// TxnOffsetCommit, in the name of a member as well (KIP-447).
    func offsetsRequest(
        _ offsets: [TopicPartition: CommittedOffset], _ group: GroupMetadata, of transactionalID: String
    ) -> TransactionalOffsetCommitRequest {
        var request = TransactionalOffsetCommitRequest()
        request.transactionalID = transactionalID
        request.groupID = group.groupID
        request.producerID = queue.identity.id
        request.producerEpoch = queue.identity.epoch
        request.generationID = group.generation
        request.memberID = group.memberID
        request.groupInstanceID = group.groupInstanceID
        for (id, offset) in offsets.sorted(by: { $0.key < $1.key }) {
            var partition = TransactionalOffsetCommitRequest.Partition()
            partition.partitionIndex = id.partition
            partition.committedOffset = offset.offset.rawValue
            partition.committedMetadata = offset.metadata
            if request.topics.last?.name != id.topic {
                var topic = TransactionalOffsetCommitRequest.Topic()
                topic.name = id.topic
                request.topics.append(topic)
            }
            request.topics[request.topics.count - 1].partitions.append(partition)
        }
        return request
    }

    /// EndTxn.
    func endRequest(_ outcome: TransactionOutcome, of transactionalID: String) -> EndTransactionRequest {
        var request = EndTransactionRequest()
        request.transactionalID = transactionalID
        request.producerID = queue.identity.id
        request.producerEpoch = queue.identity.epoch
        request.isCommit = outcome == .commit
        return request
    }
}
