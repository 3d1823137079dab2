internal import MillraceCore
internal import MillraceLog

/// What an opening broker does with a transaction shard, before anybody else can reach it.
extension TransactionShard {
    /// Replays the log. Returns every outcome that it tells of.
    func replay() throws(BrokerError) -> DecidedOutcomes {
        lock.lock()
        defer { lock.unlock() }
        var outcomes = DecidedOutcomes()
        var replayed = coordinator
        try LogReplay.forEachRecord(in: partition) { (_, slot, writer) throws(RecordError) in
            guard let key = slot.key else { return }
            switch try TransactionLogCodec.read(key: key, value: slot.value, in: writer.bytes) {
            case .remove(let transactionalID):
                replayed.applyRemoval(of: transactionalID)
            case .set(let metadata):
                replayed.apply(metadata)
                outcomes.note(metadata)
            }
        }
        coordinator = replayed
        return outcomes
    }

    /// Ends what was open when the broker went down, and raises every epoch above all that the logs have seen. The
    /// markers have been written by then.
    ///
    /// - Parameter isDurable: whether all logs have been synced since. What is settled is then made durable, too.
    func settle(highestEpochs: [Int64: Int16], isDurable: Bool, now: Timestamp) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        let entries = coordinator.settled(highestEpochs: highestEpochs, isDurable: isDurable, now: now)
        for entry in entries {
            try append(.set(entry), now: now)
            coordinator.apply(entry)
        }
        if isDurable, !entries.isEmpty { try partition.sync() }
    }

    /// One transactional id.
    func transaction(_ transactionalID: String) -> TransactionMetadata? {
        lock.withLock { coordinator.transactions[transactionalID] }
    }

    /// A copy of the state.
    var snapshot: TransactionCoordinator { lock.withLock { coordinator } }

    /// The largest producer id that is known; -1 where there is none.
    var largestProducerID: Int64 {
        lock.withLock { coordinator.transactions.values.map(\.producer.id).max() ?? -1 }
    }
}
