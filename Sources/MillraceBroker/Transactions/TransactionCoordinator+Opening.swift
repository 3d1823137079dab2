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
    /// The next incarnation thus never writes under a producer id and epoch that was used before. Sorted by id.
    package func settled(highestEpochs: [Int64: Int16], now: Timestamp) -> [TransactionMetadata] {
        transactions.values.sorted { $0.transactionalID < $1.transactionalID }.compactMap { old in
            var entry = old
            let seen = min(highestEpochs[old.producer.id] ?? -1, Int16.max - 1)
            switch old.status {
            case .ongoing:
                let raised = old.raisedProducer
                entry.producer = ProducerIdentity(id: raised.id, epoch: max(raised.epoch, seen))
                entry.status = .completeAbort
            case .prepareCommit, .prepareAbort:
                entry.producer = ProducerIdentity(id: old.producer.id, epoch: max(old.producer.epoch, seen))
                entry.status = old.status == .prepareCommit ? .completeCommit : .completeAbort
            case .empty, .completeCommit, .completeAbort:
                guard seen > old.producer.epoch else { return nil }
                entry.producer = ProducerIdentity(id: old.producer.id, epoch: seen)
            }
            entry.partitions = []
            entry.startedAt = nil
            entry.updatedAt = now
            return entry
        }
    }
}
