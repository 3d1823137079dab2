package import MillraceCore
internal import MillraceLog

/// Transactional requests of clients that came over the wire: all answers are codes that the client knows. Those that
/// may wait for the disk say so, and belong on worker threads; the others never block a network thread for longer than
/// a write to a file. From any thread.
extension Broker {
    // MARK: 22 InitProducerId

    /// InitProducerId. Waits for the disk: an open transaction is aborted before this returns.
    ///
    /// - Parameters:
    ///   - transactionalID: nil for an idempotent producer, which gets an id that nobody has had.
    ///   - presented: the request's producer id and epoch (since version 3), `.none` without.
    package func initProducerID(
        transactionalID: String?, timeoutMilliseconds: Int32, presented: ProducerIdentity = .none, version: Int16
    ) throws(BrokerError) -> ProducerIdentity {
        guard (presented.id < 0) == (presented.epoch < 0) else {
            throw BrokerError(.invalidRequest, "a producer id comes with its epoch: \(presented)")
        }
        guard let transactionalID else { return try makeProducer() }
        do {
            try requireOpen()
            return try transactionShard(of: transactionalID).initialize(
                transactionalID, timeoutMilliseconds: timeoutMilliseconds,
                presented: presented.isNone ? nil : presented)
        } catch {
            throw error.known(to: .initProducerID, version: version)
        }
    }

    // MARK: 24 AddPartitionsToTxn, 25 AddOffsetsToTxn

    /// AddPartitionsToTxn, for versions 0 to 3 once, for later ones for each transaction. If one partition cannot be
    /// added none is.
    ///
    /// - Parameter isVerification: only says whether they have been added (since version 4).
    /// - Returns: for each partition, in the order of the request.
    package func addPartitionsToTransaction(
        _ partitions: [TopicPartition], transactionalID: String, producer: ProducerIdentity,
        isVerification: Bool = false, version: Int16
    ) -> [KafkaErrorCode] {
        func all(_ code: KafkaErrorCode) -> [KafkaErrorCode] {
            Array(repeating: code.known(to: .addPartitions, version: version), count: partitions.count)
        }
        guard !transactionalID.isEmpty else { return all(.invalidRequest) }
        let shard = transactionShard(of: transactionalID)
        if isVerification {
            return partitions.map { partition in
                let refusal = shard.refusalToWrite(
                    transactionalID: transactionalID, producer: producer, partition: partition)
                return refusal?.known(to: .addPartitions, version: version).code ?? .none
            }
        }
        let codes = partitions.map { partition -> KafkaErrorCode in
            if TopicName.isInternal(partition.topic) { return .topicAuthorizationFailed }
            return topics.partition(partition) == nil ? .unknownTopicOrPartition : .none
        }
        guard codes.allSatisfy({ $0 == .none }) else { return codes.map { $0 == .none ? .operationNotAttempted : $0 } }
        do {
            try requireOpen()
            try shard.add(partitions, transactionalID: transactionalID, producer: producer, waits: false)
            return codes
        } catch {
            return all(error.code)
        }
    }

    /// AddOffsetsToTxn: the group's offsets become part of the transaction.
    package func addOffsetsToTransaction(
        group: String, transactionalID: String, producer: ProducerIdentity, version: Int16
    ) throws(BrokerError) {
        guard !transactionalID.isEmpty, !group.isEmpty else {
            throw BrokerError(group.isEmpty ? .invalidGroupID : .invalidRequest, "a group and a transaction have names")
        }
        do {
            try requireOpen()
            try transactionShard(of: transactionalID).add(
                [offsetsPartition(of: group).id], transactionalID: transactionalID, producer: producer, waits: false)
        } catch {
            throw error.known(to: .addOffsets, version: version)
        }
    }

    // MARK: 26 EndTxn

    /// EndTxn. Waits for the disk: the outcome is as durable as the broker's durability says and its markers are
    /// written. Since version 5 the answer carries the identity that is returned.
    package func endTransaction(
        _ outcome: TransactionOutcome, transactionalID: String, producer: ProducerIdentity, requestVersion: Int16
    ) throws(BrokerError) -> ProducerIdentity {
        guard !transactionalID.isEmpty else { throw BrokerError(.invalidRequest, "a transaction has a name") }
        do {
            return try endTransaction(
                outcome, transactionalID: transactionalID, producer: producer,
                version: requestVersion >= 5 ? .v2 : .v1)
        } catch {
            throw error.known(to: .endTransaction, version: requestVersion)
        }
    }

    // MARK: 0 Produce, 28 TxnOffsetCommit

    /// Appends what a Produce request has for one partition. Since version 12 a transactional batch adds the partition
    /// to its producer's transaction; before, it must have been added (KIP-890). Does not wait for a disk: where the
    /// topic's `flush.messages` asks for a sync, the caller has it done (`whenSynced`) before it acknowledges.
    ///
    /// - Parameter transactionalID: the request's.
    package func produce(
        _ batches: RawSpan, to partition: Partition, transactionalID: String?, version: Int16
    ) throws(BrokerError) -> AppendedRecords {
        let header: RecordBatchHeader
        do { header = try RecordBatchHeader(from: batches) } catch {
            throw BrokerError(LogError.corruptBatch(error), partition: partition.id)
        }
        guard header.attributes.isTransactional else { return try appendUnflushed(batches, to: partition) }
        guard let transactionalID, !transactionalID.isEmpty else {
            throw BrokerError(
                .invalidTransactionState, "a transactional batch in a request without a transactional id",
                partition: partition.id)
        }
        guard header.totalByteCount == batches.byteCount else {
            throw BrokerError(.invalidRecord, "one batch a partition in a transaction", partition: partition.id)
        }
        do {
            let shard = transactionShard(of: transactionalID)
            if version >= 12, !TopicName.isInternal(partition.id.topic) {
                try shard.add(
                    [partition.id], transactionalID: transactionalID, producer: header.producer, waits: false)
            }
            return try appendUnflushed(
                batches, to: partition, transactionalID: transactionalID, producer: header.producer)
        } catch {
            throw error.known(to: .produce, version: version)
        }
    }

    /// TxnOffsetCommit: offsets that count once the transaction commits. Since version 5 it makes the group's offsets
    /// part of the transaction; before, AddOffsetsToTxn must have (KIP-890). What is thrown concerns all partitions.
    package func commitOffsets(
        _ request: TransactionalOffsetCommitRequest, version: Int16
    ) throws(BrokerError) -> OffsetCommitResponse {
        let group = request.caller.groupID
        guard !request.transactionalID.isEmpty else { throw BrokerError(.invalidRequest, "a transaction has a name") }
        do throws(BrokerError) {
            try requireOpen()
            if version >= 5 {
                try transactionShard(of: request.transactionalID).add(
                    [offsetsPartition(of: group).id], transactionalID: request.transactionalID,
                    producer: request.producer, waits: false)
            }
            guard
                case .transactionalOffsetCommit(let response) = try call(
                    .transactionalOffsetCommit(request), group: group)
            else { throw BrokerError(.unknownServerError, "no answer to a commit of offsets") }
            return response
        } catch {
            throw error.known(to: .offsetCommit, version: version)
        }
    }
}
