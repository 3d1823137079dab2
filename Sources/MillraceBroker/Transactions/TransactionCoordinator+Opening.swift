package import MillraceCore

/// What an opening broker asks of the replayed state. Pure.
extension TransactionCoordinator {
    /// Transactions whose outcome is decided and whose markers may be missing, sorted by id.
    package var unfinished: [TransactionMetadata] {
        transactions.values.filter { $0.status.preparedOutcome != nil }
            .sorted { $0.transactionalID < $1.transactionalID }
    }

    /// Whether the next change of identity takes a new producer id: there is none, or its epochs are used up.
    package func needsFreshProducerID(_ transactionalID: String) -> Bool {
        transactions[transactionalID]?.isEpochExhausted ?? true
    }

    /// Entries that end every transaction which was decided or open when the broker went down (its markers are
    /// written by then: the decided outcome, or abort), and raise epochs above what any log has seen of the producer.
    /// The next incarnation thus never writes under a producer id and epoch that was used before; a producer of version
    /// 1 that was at rest goes on with its own. Sorted by id.
    ///
    /// - Parameter isDurable: whether all logs have been synced, markers included. Then the past of shared epochs is
    ///   over, and checkpoints say so: without them, a transaction of a time when commits were not synced could be
    ///   taken for a later one that begins where it began.
    package func settled(
        highestEpochs: [Int64: Int16], isDurable: Bool, now: Timestamp
    ) -> [TransactionMetadata] {
        transactions.values.sorted { $0.transactionalID < $1.transactionalID }.compactMap { old in
            var entry = old
            let seen = min(highestEpochs[old.producer.id] ?? -1, Int16.max - 1)
            switch old.status {
            case .ongoing:
                entry = old.prepared(.abort, .v2, now: now)
                entry.status = .completeAbort
            case .prepareCommit, .prepareAbort:
                entry.status = old.status == .prepareCommit ? .completeCommit : .completeAbort
            case .empty, .completeCommit, .completeAbort:
                guard seen > old.producer.epoch || (isDurable && old.isEpochShared) else { return nil }
                // What was begun and is forgotten has been aborted by now.
                if seen > old.producer.epoch { entry.status = .completeAbort }
            }
            if seen > entry.producer.epoch {
                // Who may say that it was the producer; a decided end of version 2 has named it already.
                if old.isAtRest || old.clientVersion == .v1 { entry.previousProducer = old.producer }
                entry.producer = ProducerIdentity(id: entry.producer.id, epoch: seen)
            }
            entry.clearTransaction()
            entry.isCheckpoint = isDurable && old.isEpochShared
            if entry.producer != old.producer || old.clientVersion == .v2 { entry.isEpochShared = false }
            entry.updatedAt = now
            return entry
        }
    }
}
