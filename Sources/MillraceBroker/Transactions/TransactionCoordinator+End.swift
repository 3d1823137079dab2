package import MillraceCore

/// Decisions on the end of a transaction: EndTxn, time-outs, and the completion once all markers are written. Pure.
extension TransactionCoordinator {
    /// EndTxn. A repetition of what has been done is answered as it was (KIP-890); the opposite is refused.
    package func decideEnd(
        _ outcome: TransactionOutcome, transactionalID: String, producer: ProducerIdentity, now: Timestamp
    ) -> TransactionDecision {
        guard let old = transactions[transactionalID] else { return .refuse(.invalidProducerIDMapping) }
        if producer == old.producer {
            switch old.status {
            case .ongoing: return .prepare(old.prepared(outcome, now: now))
            case .prepareCommit, .prepareAbort: return .refuse(.concurrentTransactions)
            case .empty, .completeCommit, .completeAbort:
                return outcome == .abort ? .answer(old.producer) : .refuse(.invalidTransactionState)
            }
        }
        if producer == old.previousProducer, let done = old.status.completedOutcome {
            return done == outcome ? .answer(old.producer) : .refuse(.producerFenced)
        }
        if producer == old.previousProducer, old.status.preparedOutcome == outcome {
            return .refuse(.concurrentTransactions)
        }
        return .refuse(old.producer.id == producer.id ? .producerFenced : .invalidProducerIDMapping)
    }

    /// The abort of a transaction that has been open for too long. The raised epoch fences its producer.
    package func decideTimeout(of transactionalID: String, now: Timestamp) -> TransactionDecision? {
        guard let old = transactions[transactionalID], let deadline = old.deadline, deadline <= now else { return nil }
        return .prepare(old.prepared(.abort, now: now))
    }

    /// What to log when all markers of a prepared transaction are written; nil where none is prepared.
    ///
    /// - Parameter freshProducerID: taken where the epochs of the producer id are exhausted.
    package func completion(
        of transactionalID: String, freshProducerID: Int64, now: Timestamp
    ) -> TransactionMetadata? {
        guard let old = transactions[transactionalID], let outcome = old.status.preparedOutcome else { return nil }
        var entry = old
        entry.status = outcome == .commit ? .completeCommit : .completeAbort
        entry.partitions = []
        entry.startedAt = nil
        entry.updatedAt = now
        if old.isEpochExhausted { entry.producer = ProducerIdentity(id: freshProducerID, epoch: 0) }
        return entry
    }
}

extension TransactionMetadata {
    /// The entry that decides `outcome`, with the epoch raised.
    func prepared(_ outcome: TransactionOutcome, now: Timestamp) -> TransactionMetadata {
        var entry = self
        entry.producer = raisedProducer
        entry.status = outcome == .commit ? .prepareCommit : .prepareAbort
        entry.updatedAt = now
        return entry
    }
}
