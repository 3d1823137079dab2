package import MillraceCore

/// Produce and the requests of transactional producers. From any thread.
extension Broker {
    /// A producer id that nobody has had, for an idempotent producer without transactions.
    package func makeProducer() throws(BrokerError) -> ProducerIdentity {
        try requireOpen()
        return ProducerIdentity(id: try producerIDs.take(), epoch: 0)
    }

    /// InitProducerId: fences older producers of this transactional id and aborts what they left open.
    package func initializeProducer(
        transactionalID: String, timeout: Duration, presented: ProducerIdentity? = nil
    ) throws(BrokerError) -> ProducerIdentity {
        try requireOpen()
        let milliseconds = Int32(clamping: timeout.wholeMilliseconds)
        let identity = try transactionShard(of: transactionalID).initialize(
            transactionalID, timeoutMilliseconds: milliseconds, presented: presented)
        return identity
    }

    /// AddPartitionsToTxn: before the first batch to each of them. Waits while the transaction before is being ended.
    package func addToTransaction(
        _ partitions: [TopicPartition], transactionalID: String, producer: ProducerIdentity
    ) throws(BrokerError) {
        try requireOpen()
        for id in partitions where topics.partition(id) == nil { throw .unknownPartition(id) }
        try transactionShard(of: transactionalID).add(
            partitions, transactionalID: transactionalID, producer: producer, waits: true)
    }

    /// Appends batches as a producer sealed them, and syncs where the topic's `flush.messages` says so. Inside a
    /// transaction the partition must have been added.
    ///
    /// - Parameters:
    ///   - transactionalID: of the producer of transactional batches; nil for others.
    ///   - trusted: the batches were made in this process by the builder: neither their checksums nor their records are
    ///     looked at.
    package func append(
        _ batches: RawSpan, to partition: Partition, transactionalID: String? = nil,
        producer: ProducerIdentity = .none, trusted: Bool = false
    ) throws(BrokerError) -> AppendedRecords {
        let appended = try appendUnflushed(
            batches, to: partition, transactionalID: transactionalID, producer: producer, trusted: trusted)
        if appended.isFlushDue { try partition.sync() }
        return appended
    }

    /// As `append`, for threads that must not wait for a disk: the caller sees to a flush that is due.
    func appendUnflushed(
        _ batches: RawSpan, to partition: Partition, transactionalID: String? = nil,
        producer: ProducerIdentity = .none, trusted: Bool = false
    ) throws(BrokerError) -> AppendedRecords {
        guard !TopicName.isInternal(partition.id.topic) else {
            throw BrokerError(.invalidTopicException, "only the broker writes to this topic", partition: partition.id)
        }
        guard let transactionalID else {
            return try partition.append(batches, now: clock.now(), transactionVerified: false, trusted: trusted)
        }
        let shard = transactionShard(of: transactionalID)
        return try partition.append(batches, now: clock.now(), transactionVerified: true, trusted: trusted) {
            shard.refusalToWrite(transactionalID: transactionalID, producer: producer, partition: partition.id)
        }
    }

    /// EndTxn: returns once the outcome is as durable as the broker's durability says and its markers are written.
    ///
    /// - Parameter version: whether the client hears of the identity that is returned.
    /// - Returns: the identity that the next transaction writes with; of version 1, that of this one.
    package func endTransaction(
        _ outcome: TransactionOutcome, transactionalID: String, producer: ProducerIdentity,
        version: TransactionVersion = .v2
    ) throws(BrokerError) -> ProducerIdentity {
        try requireOpen()
        return try transactionShard(of: transactionalID).end(
            outcome, transactionalID: transactionalID, producer: producer, version: version)
    }

    func transactionShard(of transactionalID: String) -> TransactionShard {
        transactionShards[ShardIndex.of(transactionalID, count: transactionShards.count)]
    }
}

/// Which partition of an internal topic a name belongs to: `abs(String.hashCode) % partitions`, as in Kafka. Pure.
enum ShardIndex {
    static func of(_ name: String, count: Int) -> Int {
        guard count > 1 else { return 0 }
        var hash: Int32 = 0
        for unit in name.utf16 { hash = hash &* 31 &+ Int32(unit) }
        return Int(hash == .min ? 0 : abs(hash)) % count
    }
}
