internal import MillraceCore
internal import MillraceLog

/// One partition of `__transaction_state` with its coordinator: decide, log, apply, answer. From any thread; requests
/// run to their end on the thread that asks. The order of a commit and what a crash leaves of it stand in
/// docs/internals/broker.md.
final class TransactionShard: @unchecked Sendable {
    // Sendable: `lock` guards the coordinator, `busy`, `failure` and the builder. Threads: those of clients and the
    // maintenance thread.
    private let lock = Lock()
    private let becameIdle: Condition
    let partition: Partition
    private var coordinator = TransactionCoordinator()
    /// Transactional ids that a thread is just ending, outside the lock.
    private var busy: Set<String> = []
    /// Set where it is unknown what the disk holds: nothing works until the broker is opened again.
    private var failure: BrokerError?
    private var builder = RecordBatchBuilder(capacity: 1_024)
    private var keyWriter = ByteWriter()
    private var valueWriter = ByteWriter()

    /// What a shard needs of the rest of the broker.
    struct Surroundings: Sendable {
        let syncsCommits: Bool
        let clock: any Clock
        let takeProducerID: @Sendable () throws(BrokerError) -> Int64
        let sync: @Sendable (TopicPartition) throws(BrokerError) -> Void
        let writeMarker:
            @Sendable (TopicPartition, TransactionOutcome, ProducerIdentity, Timestamp) throws(BrokerError) -> Void
    }
    private let surroundings: Surroundings

    init(partition: Partition, surroundings: Surroundings) {
        self.partition = partition
        self.surroundings = surroundings
        becameIdle = Condition(lock)
    }

    // MARK: Requests

    func initialize(
        _ transactionalID: String, timeoutMilliseconds: Int32, presented: ProducerIdentity?
    ) throws(BrokerError) -> ProducerIdentity {
        var presented = presented
        lock.lock()
        defer { lock.unlock() }
        while true {
            try waitUntilIdle(transactionalID)
            // A transaction whose markers could not all be written: nobody else is at it.
            if let unfinished = coordinator.transactions[transactionalID] { _ = try finish(unfinished) }
            let now = surroundings.clock.now()
            let decision = coordinator.decideInitialize(
                transactionalID: transactionalID, timeoutMilliseconds: timeoutMilliseconds, presented: presented,
                freshProducerID: try freshProducerID(for: transactionalID), now: now)
            guard case .prepare(let entry) = decision else { return try perform(decision, for: transactionalID) }
            _ = try end(entry)
            presented = nil
        }
    }

    func add(
        _ partitions: [TopicPartition], transactionalID: String, producer: ProducerIdentity
    ) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        try waitUntilIdle(transactionalID)
        let decision = coordinator.decideAdd(
            partitions, transactionalID: transactionalID, producer: producer, now: surroundings.clock.now())
        _ = try perform(decision, for: transactionalID)
    }

    /// Returns the identity to go on with: every end raises the epoch.
    func end(
        _ outcome: TransactionOutcome, transactionalID: String, producer: ProducerIdentity
    ) throws(BrokerError) -> ProducerIdentity {
        lock.lock()
        defer { lock.unlock() }
        try waitUntilIdle(transactionalID)
        let decision = coordinator.decideEnd(
            outcome, transactionalID: transactionalID, producer: producer, now: surroundings.clock.now())
        if case .prepare(let entry) = decision { return try end(entry) }
        return try perform(decision, for: transactionalID)
    }

    /// Why `producer` may not write to `partition`; nil where it may. Called under the lock of that partition.
    func refusalToWrite(
        transactionalID: String, producer: ProducerIdentity, partition: TopicPartition
    ) -> BrokerError? {
        lock.lock()
        defer { lock.unlock() }
        if let failure { return failure }
        guard
            let code = coordinator.refusalToWrite(
                transactionalID: transactionalID, producer: producer, partition: partition)
        else { return nil }
        return BrokerError(
            code, "producer \(producer.id) of '\(transactionalID)' in epoch \(producer.epoch) may not write",
            partition: partition)
    }

    /// Aborts what has been open for too long, forgets idle ids, and goes on with transactions whose markers could
    /// not all be written. Returns when it wants to be called again; nil where nothing is due.
    func tick(now: Timestamp) throws(BrokerError) -> Timestamp? {
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        // One that cannot be ended, because a log of its own has failed, must not hold up the others.
        var firstError: BrokerError?
        for id in coordinator.overdue(at: now) where !busy.contains(id) {
            guard case .prepare(let entry)? = coordinator.decideTimeout(of: id, now: now) else { continue }
            do { _ = try end(entry) } catch { firstError = firstError ?? error }
        }
        for transaction in coordinator.unfinished where !busy.contains(transaction.transactionalID) {
            do { _ = try finish(transaction) } catch { firstError = firstError ?? error }
        }
        for id in coordinator.idle(at: now) where !busy.contains(id) {
            try append(.remove(transactionalID: id), now: now)
            coordinator.applyRemoval(of: id)
        }
        if let firstError { throw firstError }
        return coordinator.nextDeadline
    }

    // MARK: Steps, all called with the lock held

    private func perform(
        _ decision: TransactionDecision, for transactionalID: String
    ) throws(BrokerError) -> ProducerIdentity {
        switch decision {
        case .refuse(let code):
            throw BrokerError(code, "the transaction coordinator refuses '\(transactionalID)'")
        case .answer(let producer):
            return producer
        case .log(let entry):
            try append(.set(entry), now: entry.updatedAt)
            coordinator.apply(entry)
            return entry.producer
        case .prepare(let entry):
            return try end(entry)
        }
    }

    /// Ends a transaction. The lock is let go while files are synced and markers written; `busy` keeps others from
    /// this transactional id meanwhile, and ends of other ids run beside it and share its syncs.
    private func end(_ entry: TransactionMetadata) throws(BrokerError) -> ProducerIdentity {
        let mustSync = surroundings.syncsCommits && entry.status == .prepareCommit
        busy.insert(entry.transactionalID)
        defer { becomeIdle(entry.transactionalID) }
        if mustSync {
            try unlocked { () throws(BrokerError) in
                for partition in entry.partitions { try surroundings.sync(partition) }
            }
        }
        try append(.set(entry), now: entry.updatedAt)
        if mustSync {
            do {
                try unlocked { () throws(BrokerError) in try partition.sync() }
            } catch {
                failure = error  // Whether the decision is on the disk is unknown.
                throw error
            }
        }
        coordinator.apply(entry)
        return try finish(entry)
    }

    /// Writes the markers of a decided transaction, and its completion.
    private func finish(_ entry: TransactionMetadata) throws(BrokerError) -> ProducerIdentity {
        guard let outcome = entry.status.preparedOutcome else { return entry.producer }
        busy.insert(entry.transactionalID)
        defer { becomeIdle(entry.transactionalID) }
        let now = surroundings.clock.now()
        try unlocked { () throws(BrokerError) in
            var firstError: BrokerError?
            for partition in entry.partitions {
                do throws(BrokerError) {
                    try surroundings.writeMarker(partition, outcome, entry.producer, now)
                } catch {
                    // The other partitions need not wait for this one.
                    firstError = firstError ?? error
                }
            }
            if let firstError { throw firstError }
        }
        let fresh = try freshProducerID(for: entry.transactionalID)
        guard let completion = coordinator.completion(of: entry.transactionalID, freshProducerID: fresh, now: now)
        else { return entry.producer }
        try append(.set(completion), now: now)
        coordinator.apply(completion)
        return completion.producer
    }

    private func unlocked(_ body: () throws(BrokerError) -> Void) throws(BrokerError) {
        lock.unlock()
        defer { lock.lock() }
        try body()
    }

    private func becomeIdle(_ transactionalID: String) {
        busy.remove(transactionalID)
        becameIdle.broadcast()
    }

    private func waitUntilIdle(_ transactionalID: String) throws(BrokerError) {
        while failure == nil, busy.contains(transactionalID) { becameIdle.wait() }
        if let failure { throw failure }
    }

    private func freshProducerID(for transactionalID: String) throws(BrokerError) -> Int64 {
        coordinator.needsFreshProducerID(transactionalID) ? try surroundings.takeProducerID() : -1
    }

    private func append(_ entry: TransactionLogCodec.Entry, now: Timestamp) throws(BrokerError) {
        keyWriter.removeAll()
        valueWriter.removeAll()
        builder.reset()
        switch entry {
        case .set(let metadata):
            TransactionLogCodec.writeKey(metadata.transactionalID, into: &keyWriter)
            TransactionLogCodec.writeValue(metadata, into: &valueWriter)
            builder.append(timestamp: now, key: keyWriter.bytes, value: valueWriter.bytes)
        case .remove(let transactionalID):
            TransactionLogCodec.writeKey(transactionalID, into: &keyWriter)
            builder.append(timestamp: now, key: keyWriter.bytes, value: nil)
        }
        builder.seal()
        try partition.appendByCoordinator(builder, now: now)
    }
}

// MARK: Opening

extension TransactionShard {
    /// Replays the log; before the shard is used. Returns every outcome that was ever decided, by the identity that
    /// wrote the transaction's data.
    func replay() throws(BrokerError) -> [ProducerIdentity: TransactionOutcome] {
        lock.lock()
        defer { lock.unlock() }
        var outcomes: [ProducerIdentity: TransactionOutcome] = [:]
        var replayed = coordinator
        try LogReplay.forEachRecord(in: partition) { (_, slot, writer) throws(RecordError) in
            guard let key = slot.key else { return }
            switch try TransactionLogCodec.read(key: key, value: slot.value, in: writer.bytes) {
            case .remove(let transactionalID):
                replayed.applyRemoval(of: transactionalID)
            case .set(let metadata):
                replayed.apply(metadata)
                if let outcome = metadata.status.preparedOutcome {
                    let writer = ProducerIdentity(id: metadata.producer.id, epoch: metadata.producer.epoch - 1)
                    outcomes[writer] = outcome
                }
            }
        }
        coordinator = replayed
        return outcomes
    }

    /// Ends what was open when the broker went down, and raises every epoch above all that the logs have seen. The
    /// markers have been written by then.
    func settle(highestEpochs: [Int64: Int16], now: Timestamp) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        for entry in coordinator.settled(highestEpochs: highestEpochs, now: now) {
            try append(.set(entry), now: now)
            coordinator.apply(entry)
        }
    }

    /// A copy of the state, for tests.
    var snapshot: TransactionCoordinator { lock.withLock { coordinator } }

    /// The largest producer id that is known; -1 where there is none.
    var largestProducerID: Int64 {
        lock.withLock { coordinator.transactions.values.map(\.producer.id).max() ?? -1 }
    }
}
