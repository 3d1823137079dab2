package import MillraceCore

/// Decisions on the end of a transaction: EndTxn, time-outs, and the completion once all markers are written. Pure.
extension TransactionCoordinator {
    /// EndTxn. A repetition of what has been done is answered as it was; the opposite is refused. A client of version
    /// 2 may abort where nothing has begun, and gets a new epoch for it as for any end (KIP-890).
    ///
    /// - Parameter freshProducerID: taken where the epochs of the producer id are exhausted.
    package func decideEnd(
        _ outcome: TransactionOutcome, transactionalID: String, producer: ProducerIdentity,
        version: TransactionVersion = .v2, freshProducerID: Int64 = -1, now: Timestamp
    ) -> TransactionDecision {
        guard let old = transactions[transactionalID] else { return .refuse(.invalidProducerIDMapping) }
        if producer == old.producer {
            if old.status == .ongoing { return .prepare(old.prepared(outcome, version, now: now)) }
            if let prepared = old.status.preparedOutcome {
                return .refuse(prepared == outcome ? .concurrentTransactions : .invalidTransactionState)
            }
            switch version {
            case .v1:
                return old.status.completedOutcome == outcome ? .answer(producer) : .refuse(.invalidTransactionState)
            case .v2:
                guard outcome == .abort else { return .refuse(.invalidTransactionState) }
                return .log(old.abortedWithoutRecords(freshProducerID: freshProducerID, now: now))
            }
        }
        // A client of version 1 does not hear of the raised epoch: it is not to be told that all is well.
        if version == .v2, producer == old.previousProducer {
            if let done = old.status.completedOutcome {
                return done == outcome ? .answer(old.producer) : .refuse(.producerFenced)
            }
            if old.status.preparedOutcome == outcome { return .refuse(.concurrentTransactions) }
        }
        return .refuse(old.producer.id == producer.id ? .producerFenced : .invalidProducerIDMapping)
    }

    /// The abort of a transaction that has been open for too long. The raised epoch fences its producer.
    package func decideTimeout(of transactionalID: String, now: Timestamp) -> TransactionDecision? {
        guard let old = transactions[transactionalID], let deadline = old.deadline, deadline <= now else { return nil }
        return .prepare(old.prepared(.abort, .v2, now: now))
    }

    /// What to log when all markers of a prepared transaction are written; nil where none is prepared.
    ///
    /// - Parameter freshProducerID: taken where the epochs of the producer id are exhausted.
    package func completion(
        of transactionalID: String, freshProducerID: Int64, now: Timestamp
    ) -> TransactionMetadata? {
        guard let old = transactions[transactionalID], let outcome = old.status.preparedOutcome else { return nil }
        var entry = old
        entry.clearTransaction()
        entry.status = outcome == .commit ? .completeCommit : .completeAbort
        entry.updatedAt = now
        if old.completionNeedsFreshProducerID {
            entry.previousProducer = old.producer
            entry.producer = ProducerIdentity(id: freshProducerID, epoch: 0)
        }
        if old.clientVersion == .v2 { entry.isEpochShared = false }
        return entry
    }
}

extension TransactionMetadata {
    /// The entry that decides `outcome`, with the epoch raised where the client hears of it.
    func prepared(
        _ outcome: TransactionOutcome, _ version: TransactionVersion, now: Timestamp
    ) -> TransactionMetadata {
        var entry = self
        switch version {
        case .v1:
            entry.previousProducer = .none
            entry.isEpochShared = true
        case .v2:
            entry.previousProducer = producer
            entry.producer = raisedProducer
        }
        entry.clientVersion = version
        entry.status = outcome == .commit ? .prepareCommit : .prepareAbort
        entry.updatedAt = now
        return entry
    }

    /// Whether the completion of this prepared transaction moves to another producer id. A client of version 1 would
    /// not hear of it: it goes on with the last epoch until it initialises again.
    var completionNeedsFreshProducerID: Bool { isEpochExhausted && clientVersion == .v2 }

    func abortedWithoutRecords(freshProducerID: Int64, now: Timestamp) -> TransactionMetadata {
        var entry = self
        entry.clearTransaction()
        entry.previousProducer = producer
        entry.producer = isEpochExhausted ? ProducerIdentity(id: freshProducerID, epoch: 0) : raisedProducer
        entry.clientVersion = .v2
        entry.isEpochShared = false
        entry.status = .completeAbort
        entry.updatedAt = now
        return entry
    }
}
