internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// The commit: what coalescing operators held back and each store's changes go to the producer, and with the positions
/// of all tasks become durable together (SEMANTICS L1). Stores are written to disk behind it.
extension StreamThreadLoop {
    private static let purgeNanoseconds: UInt64 = 30_000_000_000
    private static let proofNanoseconds: UInt64 = 3_600_000_000_000

    var isCommitDue: Bool {
        if nanoseconds - lastCommit >= configuration.commitInterval.wholeNanoseconds { return true }
        return tasks.values.contains { $0.running?.context.isCommitRequested ?? false }
    }

    func commit() throws {
        let start = nanoseconds
        lastCommit = start
        proveOwnership(now: start)
        let dirty = runningTasks.filter { $0.running?.needsCommit ?? false }
        guard !dirty.isEmpty else { return }
        try forEach(of: dirty) { try $0.emit() }
        // Where no transaction holds them together, results are durable before the changelogs, which say that they are
        // out: a window that has been emitted, a row that was let go.
        if !producer.isTransactional { try makeResultsDurable() }
        try forEach(of: dirty) { try $0.log() }
        try collector.flush()
        var offsets: [TopicPartition: CommittedOffset] = [:]
        for task in dirty { offsets.merge(task.running?.offsetsToCommit ?? [:]) { _, new in new } }
        try makeDurable(offsets, of: dirty)
        for (partition, offset) in offsets where environment.repartitionTopics.contains(partition.topic) {
            purgeable[partition] = offset.offset
        }
        metrics.commitLatency.record(nanoseconds: nanoseconds - start)
    }

    /// Positions are committed once an hour even where nothing happens: what the stores hold is all there is at that
    /// time, which has to be known when they are opened again (SEMANTICS I5).
    private func proveOwnership(now: UInt64) {
        guard now - min(now, lastProof) >= StreamThreadLoop.proofNanoseconds else { return }
        let owner = runningTasks.first { $0.stores.contains { $0.changelog != nil && $0.store.isPersistent } }
        owner?.running?.needsCommit = true
    }

    private func forEach(of dirty: [AssignedTask], _ body: (StreamTask) throws -> Void) throws {
        for task in dirty {
            do {
                try task.lock.process {
                    try environment.operating { if let running = task.running { try body(running) } }
                }
            } catch {
                throw located(error, task.id)
            }
        }
    }

    private func makeResultsDurable() throws {
        try collector.flush()
        try producer.flush()
    }

    /// Commits the transaction and turns the stores' generations over. Queries wait meanwhile: whoever has seen the new
    /// positions or results sees the state behind them.
    private func makeDurable(_ offsets: [TopicPartition: CommittedOffset], of dirty: [AssignedTask]) throws {
        for task in dirty { task.lock.enter() }
        defer { for task in dirty { task.lock.leave() } }
        let time = configuration.clock.now()
        try producer.commit(offsets, consumer: consumer)
        lastProof = nanoseconds
        // The group's generation stood, so that nobody else had written to any of the changelogs until then.
        for task in runningTasks { for store in task.stores { store.noteCaughtUp(at: time) } }
        for task in dirty { task.running?.commitSucceeded(offsets) { producer.endOffset(of: $0) } }
    }

    /// Writes down at most one task's stores a round: one whose time has come, or the largest where memory is short.
    func flushBehind() throws {
        let now = nanoseconds
        let interval = configuration.flushInterval.wholeNanoseconds
        let running = runningTasks
        func overlayBytes(_ task: AssignedTask) -> Int { task.stores.reduce(0) { $0 + $1.store.overlayByteCount } }
        let isMemoryShort =
            running.reduce(0) { $0 + overlayBytes($1) } > configuration.storeMemoryBytes
        // Not more often than this even where memory stays short: what is left may be in use.
        let rest = min(interval, 100_000_000)
        let due =
            isMemoryShort
            ? running.filter { now - $0.lastFlush >= rest }.max { overlayBytes($0) < overlayBytes($1) }
            : running.filter { now - $0.lastFlush >= interval }.min { $0.lastFlush < $1.lastFlush }
        guard let due else { return }
        if isMemoryShort, hasAssignment, due.running?.needsCommit ?? false { try commit() }
        due.lastFlush = now
        do {
            try due.lock.process {
                for store in due.stores {
                    try store.flush(clock: configuration.clock)
                    if isMemoryShort { store.store.evictAllClean() }
                }
            }
        } catch {
            throw located(error, due.id)
        }
        metrics.flushLatency.record(nanoseconds: nanoseconds - now)
    }

    /// Directories of tasks that have moved away are not kept for ever (SEMANTICS N2). Not while some task is yet to be
    /// made: it may be the one whose directory seems to be nobody's.
    func cleanStateDirectory() throws {
        let delay = configuration.stateCleanupDelay.wholeNanoseconds
        let now = nanoseconds
        guard now - lastClean >= min(delay, StreamThreadLoop.purgeNanoseconds), missing.isEmpty,
            missingStandbys.isEmpty,
            environment.status.state == .running
        else { return }
        lastClean = now
        let removed = try environment.stateDirectory.clean(now: now, delayNanoseconds: delay, disk: environment.disk)
        if !removed.isEmpty { assignor.forget(onDisk: removed) }
    }

    /// Records of repartition topics are of no use once their reader has committed (SEMANTICS I3).
    func purgeRepartitionTopics() {
        guard !purgeable.isEmpty, nanoseconds - lastPurge > StreamThreadLoop.purgeNanoseconds else { return }
        lastPurge = nanoseconds
        for (partition, offset) in purgeable.sorted(by: { $0.key < $1.key }) {
            // A failure costs space until the next time, nothing else.
            try? configuration.cluster.admin.deleteRecords(before: offset, in: partition)
        }
        purgeable = [:]
    }
}
