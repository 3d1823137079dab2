package import MillraceCore
internal import MillraceLog

/// One partition of a topic: its log, the lock around it, and who sleeps until something arrives. From any thread.
///
/// Lock order, from the outermost: broker's topic table · group shard · partition of a topic or of
/// `__consumer_offsets` · transaction shard · partition of `__transaction_state` · wake signals.
package final class Partition: @unchecked Sendable {
    // Sendable: `lock` guards `log` and all variables. Threads: those of clients and the maintenance thread.
    package let id: TopicPartition
    private let lock = Lock()
    private let synced: Condition
    private let log: PartitionLog
    /// A thread syncs, without the lock; others wait for it and then share the next sync.
    private var isSyncing = false
    /// A thread compacts, without the lock for the most part.
    private var isCompacting = false
    private var isClosing = false
    private var isDeleted = false
    private var isGone = false
    private var lastFlush: Timestamp?
    private var watchers: [any Wakeable] = []

    init(log: PartitionLog) {
        id = log.partition
        self.log = log
        synced = Condition(lock)
    }

    /// Runs `body` with the log, under the lock, and says in the broker's words what the log refuses.
    func withLog<Result>(_ body: (PartitionLog) throws(LogError) -> Result) throws(BrokerError) -> Result {
        lock.lock()
        defer { lock.unlock() }
        guard !isDeleted else { throw .unknownPartition(id) }
        do { return try body(log) } catch { throw BrokerError(error, partition: id) }
    }

    // MARK: Writing

    /// Appends batches that a client sent; syncs nothing. `refusal` is asked, under this partition's lock, whether the
    /// transaction coordinator refuses: what it allows is appended before any marker that comes later.
    func append(
        _ batches: RawSpan, now: Timestamp, transactionVerified: Bool, trusted: Bool = false,
        refusal: () -> BrokerError? = { nil }
    ) throws(BrokerError) -> AppendedRecords {
        lock.lock()
        defer { lock.unlock() }
        guard !isDeleted else { throw .unknownPartition(id) }
        if let refused = refusal() { throw refused }
        do {
            let result = try log.append(
                batches, origin: .client(transactionVerified: transactionVerified), trusted: trusted, now: now)
            wakeWatchers()
            return AppendedRecords(
                baseOffset: result.baseOffset, lastOffset: result.lastOffset, isDuplicate: result.isDuplicate,
                appendTime: result.appendTime, logStart: log.logStart,
                isFlushDue: log.logEnd.distance(from: log.syncedEnd) >= log.configuration.flushMessages)
        } catch {
            throw BrokerError(error, partition: id)
        }
    }

    /// Appends what a coordinator of this broker logs.
    func appendByCoordinator(
        _ batch: borrowing RecordBatchBuilder, now: Timestamp, refusal: () -> BrokerError? = { nil }
    ) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        guard !isDeleted else { throw .closed }
        if let refused = refusal() { throw refused }
        do {
            _ = try log.append(batch.bytes, origin: .coordinator, trusted: true, now: now)
            wakeWatchers()
        } catch {
            throw BrokerError(error, partition: id)
        }
    }

    /// Writes a transaction's marker; nothing where the producer has no transaction open here, so it may be repeated.
    /// The topic may have been deleted meanwhile: then there is nothing to mark.
    func appendMarker(
        _ outcome: TransactionOutcome, producer: ProducerIdentity, coordinatorEpoch: Int32 = 0, now: Timestamp
    ) throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        guard !isDeleted else { return }
        do {
            _ = try log.appendMarker(outcome, producer: producer, coordinatorEpoch: coordinatorEpoch, now: now)
            wakeWatchers()
        } catch {
            throw BrokerError(error, partition: id)
        }
    }

    /// Returns once everything appended before the call survives a power loss. Callers that come together share a
    /// sync: whoever finds one under way waits, and the first to wake syncs for all that have gathered.
    package func sync() throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        let target = log.logEnd
        while !isDeleted {
            if let failure = log.failure { throw BrokerError(.failed(failure), partition: id) }
            if isSyncing {
                synced.wait()
                continue
            }
            if log.syncedEnd >= target { return }
            guard let ticket = log.beginSync() else { return }
            finish(ticket)
        }
    }

    /// Syncs, and spares the next opening a scan of what has been appended so far.
    func checkpoint() throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        while isSyncing && !isDeleted { synced.wait() }
        guard !isDeleted, !isClosing else { return }
        do throws(LogError) {
            guard let ticket = try log.beginCheckpoint() else { return }
            finish(ticket)
        } catch {
            throw BrokerError(error, partition: id)
        }
    }

    /// Syncs where `flush.ms` has passed since it did so last.
    func flushIfDue(now: Timestamp) throws(BrokerError) {
        let isDue = lock.withLock {
            let limit = log.configuration.flushMilliseconds
            guard limit < .max, !isDeleted else { return false }
            guard let last = lastFlush, now.milliseconds(since: last) < limit else {
                lastFlush = now
                return true
            }
            return false
        }
        if isDue { try sync() }
    }

    /// What opening would have to read after a crash, in bytes; 0 where the log cannot be used.
    var bytesSinceCheckpoint: Int {
        lock.withLock { isDeleted || log.failure != nil ? 0 : log.bytesSinceCheckpoint }
    }

    /// Performs a ticket without the lock, which is held before and after.
    private func finish(_ ticket: LogSyncTicket) {
        isSyncing = true
        lock.unlock()
        let failure = perform(ticket)
        lock.lock()
        isSyncing = false
        synced.broadcast()
        if let failure { log.fail(failure) } else { log.completeSync(ticket) }
    }

    /// Whether everything before `end` (nil for the log's end) is known to survive a power loss.
    func isSynced(upTo end: Offset?) -> Bool {
        lock.withLock { !isDeleted && log.failure == nil && log.syncedEnd >= (end ?? log.logEnd) }
    }

    private func perform(_ ticket: LogSyncTicket) -> DiskError? {
        do {
            try ticket.perform()
            return nil
        } catch {
            return error
        }
    }

    // MARK: Compacting

    /// Compacts the log, where its topic says so and enough has gathered. Reads and writes files without the lock, and
    /// takes it for putting them in place. Nobody else compacts meanwhile.
    ///
    /// - Parameters:
    ///   - seed: secret and random.
    ///   - settle: called before anything is removed, without the lock.
    func compact(
        now: Timestamp, seed: UInt64, settle: () throws(BrokerError) -> Void = {}
    ) throws(BrokerError) {
        let begun = try withLog { log throws(LogError) -> CompactionPlan? in
            guard !isCompacting, !isClosing else { return nil }
            let plan = try log.beginCompaction(now: now, seed: seed)
            isCompacting = plan != nil
            return plan
        }
        guard let plan = begun else { return }
        defer {
            lock.withLock {
                isCompacting = false
                synced.broadcast()
            }
        }
        try settle()
        do {
            try plan.prepare()
            while let cleaned = try plan.cleanNext() {
                let goesOn = try withLog { log throws(LogError) in try log.install(cleaned) && !isClosing }
                guard goesOn else { return }
            }
        } catch let error as LogError {
            throw BrokerError(error, partition: id)
        } catch let error as BrokerError {
            throw error
        } catch {
            throw BrokerError(.unknownServerError, "\(error)", partition: id)
        }
        try withLog { log throws(LogError) in log.completeCompaction(plan) }
    }

    /// Where the log begins, ends, is durable and clean; nil once the topic is deleted.
    var marks: LogMarks? { lock.withLock { isGone ? nil : log.marks } }

    // MARK: Closing

    /// Removes the log. Whoever still holds the partition is told that it does not exist.
    func delete() throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        isClosing = true
        while isSyncing || isCompacting { synced.wait() }
        guard !isDeleted else { return }
        isDeleted = true
        isGone = true
        wakeWatchers()
        do { try log.delete() } catch { throw BrokerError(error, partition: id) }
    }

    func closeCleanly() throws(BrokerError) {
        lock.lock()
        defer { lock.unlock() }
        isClosing = true
        while isSyncing || isCompacting { synced.wait() }
        guard !isDeleted else { return }
        isDeleted = true
        wakeWatchers()
        do { try log.closeCleanly() } catch { throw BrokerError(error, partition: id) }
    }

    // MARK: Waking

    /// Raises `signal` whenever something is appended or a transaction ends, until `unwatch`.
    package func watch(_ signal: any Wakeable) {
        lock.withLock { watchers.append(signal) }
    }

    package func unwatch(_ signal: any Wakeable) {
        lock.withLock { watchers.removeAll { $0 === signal } }
    }

    private func wakeWatchers() {
        for watcher in watchers { watcher.raise() }
    }
}
