package import MillraceCore
internal import MillraceLog

/// A producer of a partition, as DescribeProducers shows it. A plain value.
package struct ProducerDescription: Hashable, Sendable {
    package var producer: ProducerIdentity
    /// Of its last batch; -1 where none is remembered.
    package var lastSequence: Int32
    /// When it was last heard of.
    package var lastTimestamp: Timestamp
    /// Of the coordinator that wrote its last marker; -1 before the first.
    package var coordinatorEpoch: Int32
    /// Where its open transaction begins.
    package var transactionStart: Offset?

    package init(
        producer: ProducerIdentity, lastSequence: Int32, lastTimestamp: Timestamp, coordinatorEpoch: Int32,
        transactionStart: Offset?
    ) {
        self.producer = producer
        self.lastSequence = lastSequence
        self.lastTimestamp = lastTimestamp
        self.coordinatorEpoch = coordinatorEpoch
        self.transactionStart = transactionStart
    }
}

/// Looking at transactions, and ending those that nobody ends (KIP-664: what `kafka-transactions.sh` asks). From any
/// thread.
extension Broker {
    // MARK: 27 WriteTxnMarkers

    /// One marker of WriteTxnMarkers, for a transaction that its coordinator does not know, or no longer. Waits for the
    /// disk. What its producer wrote to the partition later is a transaction of its own.
    ///
    /// - Parameter transactionVersion: the request's (since version 2): markers of version 2 raise the epoch.
    package func writeTransactionMarker(
        _ outcome: TransactionOutcome, producer: ProducerIdentity, coordinatorEpoch: Int32,
        transactionVersion: Int8 = 0, to id: TopicPartition
    ) -> KafkaErrorCode {
        do {
            try requireOpen()
            guard id.topic != TopicName.transactionState else { return .invalidTopicException }
            guard let partition = topics.partition(id) else { return .unknownTopicOrPartition }
            guard producer.id >= 0, producer.epoch >= 0 else { return .invalidProducerEpoch }
            if transactionVersion >= 2 {
                let known = try partition.withLog { log throws(LogError) in log.producerEpochs[producer.id] ?? -1 }
                guard producer.epoch > known else { return .invalidProducerEpoch }
            }
            let now = clock.now()
            if id.topic == TopicName.consumerOffsets, groupShards.indices.contains(Int(id.partition)) {
                try groupShards[Int(id.partition)].endTransaction(
                    outcome, producer: producer, coordinatorEpoch: coordinatorEpoch, now: now)
            } else {
                try partition.appendMarker(
                    outcome, producer: producer, coordinatorEpoch: coordinatorEpoch, now: now)
            }
            // No coordinator has made this outcome durable: the marker is all there is.
            if acknowledgesAfterSync { try partition.sync() }
            return .none
        } catch {
            return error.code
        }
    }

    // MARK: 61 DescribeProducers

    /// The producers that a partition remembers, by id.
    package func describeProducers(of id: TopicPartition) throws(BrokerError) -> [ProducerDescription] {
        try partition(id).withLog { log throws(LogError) in
            log.knownProducers.map { known in
                ProducerDescription(
                    producer: known.producer, lastSequence: known.lastSequence, lastTimestamp: known.lastSeen,
                    coordinatorEpoch: known.coordinatorEpoch, transactionStart: known.transactionStart)
            }
        }
    }

    // MARK: 65 DescribeTransactions, 66 ListTransactions

    /// One transactional id; refuses with `transactionalIDNotFound`.
    package func describeTransaction(_ transactionalID: String) throws(BrokerError) -> TransactionMetadata {
        try requireOpen()
        guard !transactionalID.isEmpty else { throw BrokerError(.invalidRequest, "a transaction has a name") }
        guard let found = transactionShard(of: transactionalID).transaction(transactionalID) else {
            throw BrokerError(.transactionalIDNotFound, "there is no transactional id '\(transactionalID)'")
        }
        return found
    }

    /// Sorted by transactional id.
    package func listTransactions(_ filter: TransactionFilter) throws(BrokerError) -> [TransactionMetadata] {
        try requireOpen()
        let now = clock.now()
        return transactionShards.flatMap { $0.snapshot.list(filter, now: now) }
            .sorted { $0.transactionalID < $1.transactionalID }
    }
}
