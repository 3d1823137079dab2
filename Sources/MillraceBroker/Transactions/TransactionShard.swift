internal import MillraceCore
internal import MillraceLog

/// One partition of `__transaction_state` with its coordinator: decide, log, apply, answer. From any thread; requests
/// run to their end on the thread that asks. The order of a commit and what a crash leaves of it stand in
/// docs/internals/broker.md.
final class TransactionShard: @unchecked Sendable {
    // Sendable: `lock` guards the coordinator, `busy`, `failure` and the builder. Threads: those of clients and the
    // maintenance thread.
    let lock = Lock()
    private let becameIdle: Condition
    let partition: Partition
    var coordinator = TransactionCoordinator()
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
        /// Where the open transaction of a producer id begins.
        let start: @Sendable (TopicPartition, Int64) -> TransactionStart
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
        lock.lock()
        defer { lock.unlock() }
        var freshProducerID: Int64 = -1
        while true {
            try waitUntilIdle(transactionalID)
            // A transaction whose markers could not all be written: nobody else is at it.
            if let unfinished = coordinator.transactions[transactionalID] { _ = try finish(unfinished) }
            if freshProducerID < 0, coordinator.needsFreshProducerID(transactionalID) {
                freshProducerID = try takeProducerID()
                continue
            }
            let decision = coordinator.decideInitialize(
                transactionalID: transactionalID, timeoutMilliseconds: timeoutMilliseconds, presented: presented,
                freshProducerID: freshProducerID, now: surroundings.clock.now())
            guard case .prepare(let entry) = decision else { return try perform(decision, for: transactionalID) }
            _ = try end(entry)
        }
    }

    /// - Parameter waits: whether to wait while the transaction before is being ended, as a thread may that has
    ///   nothing else to do; otherwise that is answered `concurrentTransactions`.
    func add(
        _ partitions: [TopicPartition], transactionalID: String, producer: ProducerIdentity, waits: Bool
    ) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        if waits {
            try waitUntilIdle(transactionalID)
        } else if busy.contains(transactionalID) {
            throw BrokerError(.concurrentTransactions, "the transaction before of '\(transactionalID)' is being ended")
        }
        let isSharing = coordinator.transactions[transactionalID].map { $0.isEpochShared && $0.isAtRest } ?? false
        let decision = coordinator.decideAdd(
            partitions, transactionalID: transactionalID, producer: producer, now: surroundings.clock.now())
        _ = try perform(decision, for: transactionalID)
        // Were this beginning lost in a power cut, a repeated EndTxn would be taken for that of the transaction before,
        // which has the same epoch, and be told that all is well.
        if isSharing, surroundings.syncsCommits { try syncLog() }
    }

    /// Returns the identity to go on with: an end by a client of version 2 raises the epoch.
    func end(
        _ outcome: TransactionOutcome, transactionalID: String, producer: ProducerIdentity,
        version: TransactionVersion
    ) throws(BrokerError) -> ProducerIdentity {
        lock.lock()
        defer { lock.unlock() }
        var freshProducerID: Int64 = -1
        while true {
            try waitUntilIdle(transactionalID)
            let isExhausted = coordinator.transactions[transactionalID]?.isEpochExhausted ?? false
            guard freshProducerID < 0, isExhausted else { break }
            freshProducerID = try takeProducerID()
        }
        let decision = coordinator.decideEnd(
            outcome, transactionalID: transactionalID, producer: producer, version: version,
            freshProducerID: freshProducerID, now: surroundings.clock.now())
        return try perform(decision, for: transactionalID)
    }

    /// Why `producer` may not write to `partition`; nil where it may. Called under the lock of that partition.
    func refusalToWrite(
        transactionalID: String, producer: ProducerIdentity, partition: TopicPartition
    ) -> BrokerError? {
        lock.lock()
        defer { lock.unlock() }
        if let failure { return failure }
        let refusal = coordinator.refusalToWrite(
            transactionalID: transactionalID, producer: producer, partition: partition)
        // What came now could miss the sync before the decision.
        guard let code = refusal ?? (busy.contains(transactionalID) ? .concurrentTransactions : nil) else { return nil }
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
        var entry = entry
        busy.insert(entry.transactionalID)
        defer { becomeIdle(entry.transactionalID) }
        if mustSync || entry.needsStarts {
            let (partitions, needsStarts, producerID) = (entry.partitions, entry.needsStarts, entry.producer.id)
            var starts: [TransactionStart] = []
            try unlocked { () throws(BrokerError) in
                for partition in partitions {
                    if needsStarts { starts.append(surroundings.start(partition, producerID)) }
                    if mustSync { try surroundings.sync(partition) }
                }
            }
            entry.starts = starts
        }
        try append(.set(entry), now: entry.updatedAt)
        if mustSync { try syncLog() }
        coordinator.apply(entry)
        return try finish(entry)
    }

    /// Writes the markers of a decided transaction, and its completion.
    private func finish(_ entry: TransactionMetadata) throws(BrokerError) -> ProducerIdentity {
        guard let outcome = entry.status.preparedOutcome else { return entry.producer }
        busy.insert(entry.transactionalID)
        defer { becomeIdle(entry.transactionalID) }
        let now = surroundings.clock.now()
        var freshProducerID: Int64 = -1
        try unlocked { () throws(BrokerError) in
            if entry.completionNeedsFreshProducerID { freshProducerID = try surroundings.takeProducerID() }
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
        guard
            let completion = coordinator.completion(
                of: entry.transactionalID, freshProducerID: freshProducerID, now: now)
        else { return entry.producer }
        try append(.set(completion), now: now)
        coordinator.apply(completion)
        return completion.producer
    }

    private func syncLog() throws(BrokerError) {
        do {
            try unlocked { () throws(BrokerError) in try partition.sync() }
        } catch {
            failure = error  // Whether what was logged is on the disk is unknown.
            throw error
        }
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

    /// Now and then this waits for the disk, without the lock.
    private func takeProducerID() throws(BrokerError) -> Int64 {
        var taken: Int64 = -1
        try unlocked { () throws(BrokerError) in taken = try surroundings.takeProducerID() }
        return taken
    }

    func append(_ entry: TransactionLogCodec.Entry, now: Timestamp) throws(BrokerError) {
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
