public import MillraceCluster
public import MillraceCore
internal import MillraceStores

/// One task: the operators and stores of a sub-topology for one partition, and the records that wait for them. It takes
/// fetched batches and says what to commit; it knows no clock, disk or network of its own, so a stream thread and a
/// test driver run it alike. Owned by one thread; queries read its stores under the task's lock, between slices.
///
///     task.add(fetched)
///     try task.process(limit: 1_000)
///     try task.prepareCommit()          // results and changelogs are with the sender
///     …commit task.offsetsToCommit…     // in the same transaction
///     task.commitSucceeded(offsets) { producer.endOffset(of: $0) }
///
/// Sources: SEMANTICS A (time), K (punctuators), L (commits).
public final class StreamTask {
    /// Which task it is.
    public var id: TaskID { context.taskID }
    /// What its operators share.
    public let context: TaskContext
    /// In the order in which equal timestamps are taken.
    public let queues: [PartitionQueue]
    /// Its stores, in the order of their names.
    public let stores: [TaskStore]
    private let topology: TaskTopology
    private let queueOfPartition: [TopicPartition: PartitionQueue]
    /// The positions that are committed, as far as the task knows.
    private(set) var committed: [TopicPartition: CommittedOffset] = [:]
    /// Whether anything happened since the last commit.
    @exclusivity(unchecked)
    public internal(set) var needsCommit = false
    /// Nil while records come, and until somebody looks.
    var idle: IdleTime?
    /// Under `.kafkaStreams`: the queues by their heads, and those that have got records since it last looked.
    private var heap = HeadHeap()
    private var arrivals: [PartitionQueue] = []
    private var isStarted = false

    /// - Parameters:
    ///   - partitions: what the task reads; each must be of one of the topology's sources.
    ///   - stores: restored by the caller before `start`.
    ///   - context: what the operators of the task share.
    ///   - topology: what is run.
    public init(
        context: TaskContext, topology: TaskTopology, partitions: [TopicPartition], stores: [TaskStore]
    ) throws {
        self.context = context
        self.topology = topology
        self.stores = stores
        var queues: [PartitionQueue] = []
        for feedsTable in [true, false] {
            for source in topology.sources where source.feedsTable == feedsTable {
                for partition in partitions.sorted() where partition.topic == source.topic {
                    queues.append(PartitionQueue(partition: partition, receiver: try source.makeReceiver()))
                }
            }
        }
        precondition(
            queues.count == partitions.count, "task \(context.taskID) has no source for one of \(partitions)")
        self.queues = queues
        queueOfPartition = Dictionary(uniqueKeysWithValues: queues.map { ($0.partition, $0) })
    }

    /// The queue of a partition; nil where the task does not read it.
    public func queue(of partition: TopicPartition) -> PartitionQueue? { queueOfPartition[partition] }

    /// Takes over the positions and times of an earlier owner, before `start`.
    public func restore(committed offsets: [TopicPartition: CommittedOffset]) {
        for queue in queues {
            guard let offset = offsets[queue.partition] else { continue }
            committed[queue.partition] = offset
            let metadata = CommitMetadata(decoding: offset.metadata)
            queue.restore(position: offset.offset, partitionTime: metadata.partitionTime)
            if let time = metadata.partitionTime { context.advanceStreamTime(to: time) }
            context.restore(times: metadata.operatorTimes)
        }
    }

    /// Starts the processors. The stores must have been restored. Where one fails, those that stood are closed.
    public func start(now: Timestamp) throws {
        context.wallClockTime = now
        if isStarted { return }
        isStarted = true
        // Processors may write, forward and ask for a commit as they start.
        needsCommit = true
        do {
            try topology.start()
        } catch {
            closeOperators()
            throw error
        }
    }

    /// Takes what was fetched of one of its partitions.
    public func add(_ fetched: FetchedBatches) {
        guard let queue = queueOfPartition[fetched.partition] else {
            preconditionFailure("task \(id) does not read \(fetched.partition)")
        }
        if takesHeadsAsKafkaStreams, queue.isEmpty, !fetched.batches.isEmpty { arrivals.append(queue) }
        queue.add(fetched)
    }

    private var takesHeadsAsKafkaStreams: Bool { context.semantics.takesHeadsFromHeap && queues.count > 1 }

    /// Records that wait in all queues.
    public var bufferedRecords: Int { queues.reduce(0) { $0 + $1.bufferedRecords + ($1.hasHead ? 1 : 0) } }

    // MARK: Processing

    /// Processes up to `limit` records, always that with the lowest timestamp among the heads; returns how many.
    /// It ends early where a processor asks for a commit, or where records have brought other work along.
    ///
    /// - Parameter stopsWhenDrained: ends as soon as one of several queues is empty, so that the caller can decide
    ///   whether to wait for it (SEMANTICS A8).
    /// - Parameter limit: how many at most.
    public func process(limit: Int, stopsWhenDrained: Bool = false) throws -> Int {
        var processed = 0
        context.backlog.beginSlice()
        defer { context.metrics.processedRecords += processed }
        guard queues.count > 1 else {
            guard let queue = queues.first else { return 0 }
            try prepareHead(of: queue)
            // Held once, not for each record.
            let context = context
            let backlog = context.backlog
            while processed + backlog.spent < limit, queue.hasHead, !context.isCommitRequested {
                processed += 1
                try step(queue)
            }
            return processed
        }
        for queue in queues where !queue.hasHead { try prepareHead(of: queue) }
        fillHeap()
        while processed + context.backlog.spent < limit, !context.isCommitRequested, let queue = nextHead() {
            processed += 1
            try step(queue)
            if takesHeadsAsKafkaStreams, queue.hasHead { heap.offer(queue) }
            if stopsWhenDrained, !queue.hasHead { break }
        }
        return processed
    }

    /// Whether operators have put work off, which `workOff` goes on with.
    public var hasBacklog: Bool { context.backlog.hasWork }

    /// Does up to `limit` units of the work that operators have put off; returns how many. Call it between slices.
    @discardableResult
    public func workOff(limit: Int) throws -> Int {
        guard hasBacklog else { return 0 }
        needsCommit = true
        context.leaveRecord()
        return try context.backlog.workOff(limit: limit)
    }

    private func nextHead() -> PartitionQueue? { takesHeadsAsKafkaStreams ? heap.poll() : lowestHead() }

    private func fillHeap() {
        for queue in arrivals where queue.hasHead && !heap.contains(queue) { heap.offer(queue) }
        arrivals.removeAll()
    }

    /// Ties go to the queue that stands first: tables, then streams (SEMANTICS A7).
    private func lowestHead() -> PartitionQueue? {
        var lowest: PartitionQueue?
        for queue in queues where queue.hasHead {
            if let best = lowest, best.headTimestamp <= queue.headTimestamp { continue }
            lowest = queue
        }
        return lowest
    }

    private func step(_ queue: PartitionQueue) throws {
        needsCommit = true
        context.enter(queue)
        context.advanceStreamTime(to: queue.headTimestamp)
        try queue.processHead()
        if let time = context.streamTime, time.millisecondsSinceEpoch >= context.punctuations.nextStreamTimeDue {
            context.leaveRecord()
            _ = try context.punctuations.fire(.streamTime, at: time)
        }
        try prepareHead(of: queue)
    }

    private func prepareHead(of queue: PartitionQueue) throws {
        if queue.hasHead { return }
        if try queue.prepareHead(context) > 0 { needsCommit = true }
    }

    /// Tells the task the time; the thread does so once a batch.
    public func updateWallClock(_ now: Timestamp) { context.wallClockTime = now }

    /// Fires the wall-clock schedules that are due; returns whether any was.
    @discardableResult
    public func punctuateWallClock(_ now: Timestamp) throws -> Bool {
        context.wallClockTime = now
        guard let due = context.punctuations.nextWallClockDue, due <= now else { return false }
        context.leaveRecord()
        needsCommit = true
        return try context.punctuations.fire(.wallClockTime, at: now)
    }

    // MARK: Committing

    /// Everything that belongs to the commit is with the collector's sender when this returns.
    public func prepareCommit() throws {
        try emit()
        try log()
        try context.collector.flush()
    }

    /// The first part of `prepareCommit`: a thread with several tasks flushes their common collector once for all.
    func emit() throws {
        context.leaveRecord()
        try topology.runEmissions(telling: context.takeUntoldTime())
    }

    /// The second part.
    func log() throws { for store in stores { try store.writeChangelog() } }

    /// The positions that have moved since the last commit, with the times that a restart needs. All of them where
    /// none has moved but something else is to be committed (a timer wrote): it is the positions that the group's
    /// generation fences (KIP-447).
    public var offsetsToCommit: [TopicPartition: CommittedOffset] {
        let times = context.committedTimes
        var offsets: [TopicPartition: CommittedOffset] = [:]
        var all: [TopicPartition: CommittedOffset] = [:]
        for queue in queues {
            guard let position = queue.position else { continue }
            let metadata = CommitMetadata(partitionTime: queue.partitionTime, operatorTimes: times)
            let offset = CommittedOffset(position, metadata: metadata.encoded())
            all[queue.partition] = offset
            if committed[queue.partition] != offset { offsets[queue.partition] = offset }
        }
        return offsets.isEmpty && needsCommit ? all : offsets
    }

    /// What was prepared is durable.
    /// - Parameter changelogEnd: where the producer's records of a changelog partition end.
    /// - Parameter offsets: what was committed.
    public func commitSucceeded(
        _ offsets: [TopicPartition: CommittedOffset], changelogEnd: (TopicPartition) -> Offset?
    ) {
        for queue in queues { if let offset = offsets[queue.partition] { committed[queue.partition] = offset } }
        for store in stores {
            store.commit(position: store.changelog.flatMap { committed[$0]?.offset }, changelogEnd)
        }
        needsCommit = false
        context.isCommitRequested = false
    }

    /// Drops what the stores hold uncommitted. The task must not process any more: its operators have seen records that
    /// will be read again. Close it and make another.
    public func abort() { for store in stores { store.store.abort() } }

    /// Forgets the buffered records and returns where each partition is to be read on, for when the partitions come
    /// back to this task.
    func suspend() -> [TopicPartition: Offset] {
        var positions: [TopicPartition: Offset] = [:]
        for queue in queues {
            queue.dropBuffered()
            heap.removeAll()
            arrivals.removeAll()
            queue.isPaused = false
            queue.knownEnd = nil
            positions[queue.partition] = queue.position
        }
        return positions
    }

    /// Closes processors and stores. What is not committed is lost; what is committed but not flushed is in the
    /// changelog.
    public func close() {
        closeOperators()
        for store in stores { store.store.close() }
    }

    private func closeOperators() {
        context.leaveRecord()
        if isStarted { topology.close() }
        isStarted = false
        // Their callbacks hold on to processors, and those to the context.
        context.punctuations.cancelAll()
    }
}
