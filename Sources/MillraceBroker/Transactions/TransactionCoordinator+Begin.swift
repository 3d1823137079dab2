package import MillraceCore

/// Decisions on what begins and widens a transaction: InitProducerId and AddPartitionsToTxn. Pure.
extension TransactionCoordinator {
    /// InitProducerId with a transactional id. `.prepare` means that an open transaction stands in the way: end it,
    /// then ask again.
    ///
    /// A producer that presents the identity it had before the last change gets the present one: its earlier request
    /// was answered and the answer lost, or the coordinator itself has aborted its transaction (a time-out, a
    /// restart). Nobody else can have come between, since a new incarnation leaves no previous identity.
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
            guard presented == old.previousProducer, old.status != .ongoing else { return .refuse(.producerFenced) }
            return old.isAtRest ? .answer(old.producer) : .refuse(.concurrentTransactions)
        }
        switch old.status {
        case .ongoing:
            return .prepare(old.prepared(.abort, .v2, now: now))
        case .prepareCommit, .prepareAbort:
            return .refuse(.concurrentTransactions)
        case .empty, .completeCommit, .completeAbort:
            return .log(
                TransactionMetadata(
                    transactionalID: transactionalID, producer: old.isEpochExhausted ? fresh : old.raisedProducer,
                    previousProducer: presented ?? .none, timeoutMilliseconds: timeoutMilliseconds, updatedAt: now))
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
        if old.status == .ongoing, partitions.allSatisfy(old.partitions.contains) { return .answer(producer) }
        var entry = old
        if old.status != .ongoing {
            entry.clearTransaction()
            entry.status = .ongoing
            entry.startedAt = now
        }
        for partition in partitions where !entry.partitions.contains(partition) {
            entry.partitions.append(partition)
        }
        entry.partitions.sort()
        entry.updatedAt = now
        return .log(entry)
    }
}
