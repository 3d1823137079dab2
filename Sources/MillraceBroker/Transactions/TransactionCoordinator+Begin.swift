package import MillraceCore

/// Decisions on what begins and widens a transaction: InitProducerId and AddPartitionsToTxn. Pure.
extension TransactionCoordinator {
    /// InitProducerId with a transactional id. `.prepare` means that an open transaction stands in the way: end it,
    /// then ask again without `presented`.
    ///
    /// - Parameters:
    ///   - presented: the identity the producer says it has (KIP-360), nil for a new incarnation.
    ///   - freshProducerID: a producer id nobody has had; used where the epochs of the old one are exhausted.
    package func decideInitialize(
        transactionalID: String, timeoutMilliseconds: Int32, presented: ProducerIdentity?, freshProducerID: Int64,
        now: Timestamp
    ) -> TransactionDecision {
        guard !transactionalID.isEmpty else { return .refuse(.invalidRequest) }
        guard timeoutMilliseconds > 0, timeoutMilliseconds <= Self.timeoutMillisecondsMax else {
            return .refuse(.invalidTransactionTimeout)
        }
        let fresh = ProducerIdentity(id: freshProducerID, epoch: 0)
        guard let old = transactions[transactionalID] else {
            return .log(
                TransactionMetadata(
                    transactionalID: transactionalID, producer: fresh, timeoutMilliseconds: timeoutMilliseconds,
                    updatedAt: now))
        }
        if let presented, presented != old.producer {
            let isRepeated = presented == old.previousProducer && old.status == .empty
            return isRepeated ? .answer(old.producer) : .refuse(.producerFenced)
        }
        switch old.status {
        case .ongoing:
            return .prepare(old.prepared(.abort, now: now))
        case .prepareCommit, .prepareAbort:
            return .refuse(.concurrentTransactions)
        case .empty, .completeCommit, .completeAbort:
            return .log(
                TransactionMetadata(
                    transactionalID: transactionalID, producer: old.isEpochExhausted ? fresh : old.raisedProducer,
                    timeoutMilliseconds: timeoutMilliseconds, updatedAt: now))
        }
    }

    /// AddPartitionsToTxn, and AddOffsetsToTxn with the group's partition of `__consumer_offsets`.
    package func decideAdd(
        _ partitions: [TopicPartition], transactionalID: String, producer: ProducerIdentity, now: Timestamp
    ) -> TransactionDecision {
        guard let old = transactions[transactionalID], old.producer.id == producer.id else {
            return .refuse(.invalidProducerIDMapping)
        }
        guard old.producer.epoch == producer.epoch else { return .refuse(.producerFenced) }
        guard old.status.preparedOutcome == nil else { return .refuse(.concurrentTransactions) }
        var entry = old
        if old.status != .ongoing {
            entry.status = .ongoing
            entry.startedAt = now
            entry.partitions = []
        }
        for partition in partitions where !entry.partitions.contains(partition) {
            entry.partitions.append(partition)
        }
        if entry == old { return .answer(producer) }
        entry.partitions.sort()
        entry.updatedAt = now
        return .log(entry)
    }
}
