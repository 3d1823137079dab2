internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Reads changelogs into stores, a slice at a time: those of tasks that are to run first, those of standbys while there
/// is nothing else to do. Calls the cluster and the disk; owned by the restore thread.
///
/// A restore ends at the changelog's high watermark as it was when the thread's producer had been initialised and the
/// committed positions were stable; it reads committed data only. Reading to the last stable offset would not do: an
/// open transaction of an earlier owner can hide what a later one committed behind it (SEMANTICS I8).
final class ChangelogRestorer {
    final class Job {
        let store: TaskStore
        let partition: TopicPartition
        /// Held while the store is written: queries may ask for what is there already.
        let lock: TaskLock
        /// Tells queries how far the store is.
        let copy: StoreCopy
        /// For a table's own topic; its records are read as the table reads them.
        let source: SourceChangelog?
        var report: RestoreReport
        var position: Offset
        /// What lies from here on is not to be read; for a standby it moves.
        fileprivate(set) var end: Offset
        /// A standby's job has no end: it follows the changelog until it is removed.
        let isStandby: Bool
        /// The changelog's end as last seen.
        fileprivate var knownEnd: Offset
        let startedAt: UInt64
        /// Wall-clock time before the changelog's end was asked for.
        private let asOf: Timestamp
        /// When a standby's store was last written down, in nanoseconds of the monotonic clock.
        fileprivate var lastFlush: UInt64

        /// - Parameter standbyLimit: for a standby: nothing beyond it is read, until it is moved.
        init(
            store: TaskStore, lock: TaskLock, partition: TopicPartition, source: SourceChangelog? = nil,
            report: RestoreReport,
            standbyLimit: Offset? = nil, startedAt: UInt64, asOf: Timestamp
        ) {
            end = standbyLimit ?? report.to
            isStandby = standbyLimit != nil
            knownEnd = report.to
            lastFlush = startedAt
            self.source = source
            self.store = store
            self.lock = lock
            copy = StoreCopy(partition, isSource: source != nil, position: report.from)
            self.partition = partition
            self.report = report
            self.startedAt = startedAt
            self.asOf = asOf
            position = report.from
            // What it will hold was there at this time or is written later.
            if report.checkpoint == nil || report.rebuild != nil { store.store.noteCaughtUp(at: asOf) }
        }

        var isComplete: Bool { position >= end }

        fileprivate func complete(now: UInt64) {
            report.isComplete = true
            report.duration = .nanoseconds(Int64(now - startedAt))
            store.store.noteCaughtUp(at: asOf)
        }

        /// Rows that queries have brought to memory need not stay.
        fileprivate func writeDown(clock: any Clock) throws {
            try store.flush(clock: clock)
            store.store.evictAllClean()
        }

        /// Offsets between what has been read and the changelog's end.
        var lag: Int64 { max(0, min(knownEnd, end).distance(from: min(position, knownEnd, end))) }
    }

    /// More than any store gathers of restored bytes before it writes them down by itself.
    private static let overlayBytesMaximum = 256 << 20

    private let consumer: any ClusterConsumer
    private var jobs: [TopicPartition: Job] = [:]
    private var isAssignmentStale = false
    private var fetched: [FetchedBatches] = []
    private var readRecords = 0
    /// What is assigned to the consumer.
    private var reading: [TopicPartition] = []
    private var lost: [TopicPartition] = []
    private var keyWriter = ByteWriter()
    private var valueWriter = ByteWriter()

    init(cluster: any Cluster, clientID: String) throws(ClusterError) {
        consumer = try cluster.makeConsumer(
            ConsumerConfiguration(groupID: nil, clientID: clientID, isolation: .readCommitted, offsetReset: .earliest))
    }

    var isEmpty: Bool { jobs.isEmpty }
    /// Whether a step would read something, or give a job back.
    var hasWork: Bool { jobs.values.contains { !$0.isStandby || !$0.isComplete } }
    /// Whose store the last step was at; nil while it reads the cluster.
    private(set) var taskAtWork: TaskID?

    /// Ends a poll that waits.
    var waker: ConsumerWaker { ConsumerWaker(consumer) }

    /// How far each job is.
    var progress: [TopicPartition: RestoreThread.Progress] {
        jobs.mapValues { RestoreThread.Progress(restoredRecords: $0.report.restoredRecords, lag: $0.lag) }
    }

    /// Jobs that were given up since the last call: what was next in their changelogs is gone.
    func takeLost() -> [TopicPartition] {
        defer { lost = [] }
        return lost
    }

    /// Writes down the standbys whose time has come. The owner of a task that runs does so itself.
    func flushStandbys(interval: UInt64, clock: any Clock) throws {
        let now = clock.monotonicNanoseconds()
        for job in jobs.values where job.isStandby && now - min(now, job.lastFlush) >= interval {
            job.lastFlush = now
            taskAtWork = job.report.task
            try job.lock.process { try job.writeDown(clock: clock) }
        }
        taskAtWork = nil
    }

    /// Gives all jobs back.
    func removeAll() {
        jobs = [:]
        isAssignmentStale = true
    }

    /// Records applied since the last call.
    func takeReadRecords() -> Int {
        defer { readRecords = 0 }
        return readRecords
    }

    /// Lets a standby's job go on to `end`.
    func moveEnd(of partition: TopicPartition, to end: Offset) {
        guard let job = jobs[partition], job.isStandby, end > job.end else { return }
        if job.isComplete { isAssignmentStale = true }
        job.end = end
    }

    func add(_ job: Job) {
        jobs[job.partition] = job
        isAssignmentStale = true
    }

    /// Stops restoring a changelog, for a task that goes away.
    func remove(_ partition: TopicPartition) {
        if jobs.removeValue(forKey: partition) != nil { isAssignmentStale = true }
    }

    /// Reads one slice and returns the jobs that are done, in order.
    func step(maxWait: Duration, clock: any Clock) throws -> [Job] {
        taskAtWork = nil
        try takePartitions()
        if !reading.isEmpty {
            let isOneDone = jobs.values.contains { $0.isComplete && !$0.isStandby }
            fetched.removeAll(keepingCapacity: true)
            let pollTime = clock.now()
            try poll(maxWait: isOneDone ? .zero : maxWait)
            for batches in fetched {
                guard let job = jobs[batches.partition] else { continue }
                taskAtWork = job.report.task
                try job.lock.process {
                    try apply(batches, to: job)
                    if job.isStandby, batches.nextOffset >= batches.lastStableOffset {
                        job.store.store.noteCaughtUp(at: pollTime)
                    }
                }
                job.copy.setPosition(job.position)
            }
            taskAtWork = nil
            fetched.removeAll(keepingCapacity: true)
        }
        var done: [Job] = []
        for partition in jobs.keys.sorted() {
            guard let job = jobs[partition], job.isComplete, !job.isStandby else { continue }
            job.lock.process { job.complete(now: clock.monotonicNanoseconds()) }
            jobs[partition] = nil
            isAssignmentStale = true
            done.append(job)
        }
        return done
    }

    private func poll(maxWait: Duration) throws {
        do {
            _ = try consumer.poll(maxWait: maxWait, into: &fetched)
        } catch {
            guard error.kind == .offsetOutOfRange, let partition = error.partition, jobs[partition] != nil
            else { throw error }
            remove(partition)
            lost.append(partition)
        }
    }

    private func takePartitions() throws {
        guard isAssignmentStale else { return }
        let unfinished = jobs.values.filter { !$0.isComplete }
        let urgent = unfinished.filter { !$0.isStandby }
        reading = (urgent.isEmpty ? unfinished : urgent).map(\.partition).sorted()
        try consumer.assign(reading)
        for partition in reading {
            if let job = jobs[partition] { try consumer.seek(partition, to: job.position) }
        }
        isAssignmentStale = false
    }

    /// Applies the records in place, from the consumer's buffer.
    private func apply(_ batches: FetchedBatches, to job: Job) throws {
        let bytes = batches.buffer.bytes
        let store = job.store.store
        var appliedEnd: Offset?
        for batch in batches.batches {
            // Of a source topic only what is committed is the store's.
            appliedEnd = min(batch.header.nextOffset, job.end)
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                guard slot.offset >= batches.startOffset, slot.offset < job.end, let key = slot.key
                else { continue }
                if let source = job.source {
                    if try restore(slot, key, bytes, from: source, into: store) { count(job) }
                    continue
                }
                if let value = slot.value {
                    try store.restore(
                        key: bytes.extracting(key), value: bytes.extracting(value), timestamp: slot.timestamp)
                } else {
                    try store.restore(key: bytes.extracting(key), value: nil, timestamp: slot.timestamp)
                }
                count(job)
            }
        }
        // What lies beyond a standby's end is read again once the end has moved.
        job.position = job.isStandby ? min(batches.nextOffset, job.end) : batches.nextOffset
        job.knownEnd = batches.highWatermark
        if job.isStandby, job.isComplete { isAssignmentStale = true }
        // Not `batches.nextOffset`: nobody has synced the aborted records and the markers that lie before it. A power
        // loss may take them back and give their offsets to others, which the store must not seem to hold.
        guard let appliedEnd else { return }
        try store.completeRestoredBatch(changelogEnd: appliedEnd)
        // Queries make rows of what is kept as bytes; they are many where a whole changelog is read.
        if store.overlayByteCount > ChangelogRestorer.overlayBytesMaximum {
            try store.flush()
            store.evictAllClean()
        }
    }

    private func count(_ job: Job) {
        job.report.restoredRecords += 1
        readRecords += 1
    }

    /// Restores what the table made of a record of its topic; false where it passed the record over.
    private func restore(
        _ slot: RecordSlot, _ key: Range<Int>, _ bytes: RawSpan, from source: SourceChangelog,
        into store: any StateStore
    ) throws -> Bool {
        guard slot.timestamp >= .epoch else { return false }
        keyWriter.removeAll()
        valueWriter.removeAll()
        do {
            if let value = slot.value {
                try source.transcode(value: bytes.extracting(value), into: &valueWriter)
            }
            try source.transcode(key: bytes.extracting(key), into: &keyWriter)
        } catch {
            // Its deserialization handler has seen it before it was committed.
            return false
        }
        try ChangelogRestorer.restore(keyWriter, valueWriter, slot.value != nil, slot.timestamp, into: store)
        return true
    }

    // The spans depend on the writers, which therefore come as borrows.
    private static func restore(
        _ key: borrowing ByteWriter, _ value: borrowing ByteWriter, _ hasValue: Bool, _ timestamp: Timestamp,
        into store: any StateStore
    ) throws {
        if hasValue {
            try store.restore(key: key.bytes, value: value.bytes, timestamp: timestamp)
        } else {
            try store.restore(key: key.bytes, value: nil, timestamp: timestamp)
        }
    }

    func close() { consumer.close() }
}
