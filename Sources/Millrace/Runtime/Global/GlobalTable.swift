internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// One global table of an instance: its store, and the task that puts the records of all partitions into it. Does I/O;
/// owned by the global thread.
final class GlobalTable {
    /// Of the store, in the topology.
    let name: String
    let store: any StateStore
    let topic: String
    /// Where each partition ended when the table was opened: what must be there before tasks may run.
    let ends: [Int32: Offset]
    let lock: GlobalLock
    private let task: StreamTask
    private let positions: GlobalPositions
    private let disk: any Disk
    private let configuration: StreamsConfiguration
    private(set) var lastFlush: UInt64
    /// When the table held all of its topic, and what of that is on the disk.
    private var lastComplete: LastComplete
    private var writtenComplete: Timestamp?
    private var reports: [RestoreReport]
    private let openedAt: UInt64

    /// Opens the store, or makes it anew where it does not fit the topic any more, and finds where to read on.
    init(
        _ subtopology: Subtopology, in directory: String, _ environment: GlobalEnvironment, lock: GlobalLock,
        now: UInt64
    ) throws {
        let configuration = environment.configuration
        let topology = environment.topology
        guard let name = subtopology.stores.first, let specification = topology.stores[name],
            let topic = subtopology.sourceTopics.first?.name(applicationID: configuration.applicationID)
        else {
            preconditionFailure("the global sub-topology \(subtopology.id) has no store or no topic")
        }
        self.name = name
        self.topic = topic
        self.lock = lock
        disk = environment.disk
        self.configuration = configuration
        openedAt = now
        lastFlush = now
        positions = GlobalPositions(path: "\(directory)/\(name).positions")
        let opening = GlobalTableOpening(
            specification: specification, topic: topic, directory: directory, positions: positions,
            configuration: configuration, disk: disk)
        let opened = try opening.open()
        store = opened.store
        ends = opened.ends
        lastComplete = LastComplete(opened.caughtUp)
        lastComplete.ask(opened.ends, asOf: opened.asOf)
        writtenComplete = opened.isKept ? opened.caughtUp : nil
        let id = TaskID(subtopology: subtopology.id, partition: 0)
        let context = TaskContext(
            applicationID: configuration.applicationID, taskID: id, semantics: configuration.semantics,
            emission: .everyUpdate, collector: RecordCollector(sender: NoSender()), metrics: TaskMetrics(),
            punctuations: PunctuationQueue(), handlers: configuration.handlers.withoutDeadLetters())
        do {
            task = try StreamTask(
                context: context,
                topology: try topology.assemble(
                    subtopologies: [subtopology.id], context: context, stores: [name: opened.store]),
                partitions: opened.starts.keys.map { TopicPartition(topic, $0) },
                stores: [try TaskStore(opened.store, name: name, changelog: nil, collector: context.collector)])
            for queue in task.queues {
                queue.restore(position: opened.starts[queue.partition.partition], partitionTime: nil)
            }
            try task.start(now: configuration.clock.now())
        } catch {
            opened.store.close()
            throw error
        }
        reports = opened.starts.sorted { $0.key < $1.key }.map { partition, start in
            RestoreReport(
                task: TaskID(subtopology: subtopology.id, partition: partition), store: name,
                changelog: TopicPartition(topic, partition), checkpoint: opened.isKept ? start : nil, from: start,
                to: opened.ends[partition] ?? start, rebuild: opened.rebuild)
        }
    }

    var id: TaskID { task.id }
    var taskStores: [TaskStore] { task.stores }
    var partitions: [TopicPartition] { task.queues.map(\.partition) }
    func position(of partition: TopicPartition) -> Offset { task.queue(of: partition)?.position ?? .zero }
    var isLoaded: Bool {
        task.queues.allSatisfy { ($0.position ?? .zero) >= (ends[$0.partition.partition] ?? .zero) }
    }

    /// Puts the records into the table; the caller holds the lock.
    func apply(_ fetched: [FetchedBatches], now: Timestamp) throws {
        task.updateWallClock(now)
        for batches in fetched {
            task.add(batches)
            while task.bufferedRecords > 0 { _ = try task.process(limit: .max) }
        }
        try task.prepareCommit()
        task.commitSucceeded([:]) { _ in nil }
    }

    /// Finds out, now and then, whether the table holds all of its topic. Where the cluster does not answer, later.
    func noteCompleteness() {
        guard store.isPersistent else { return }
        let now = configuration.clock.now()
        if lastComplete.isDue(now) {
            let admin = configuration.cluster.admin
            var ends: [Int32: Offset] = [:]
            for partition in partitions {
                guard let end = try? admin.offset(of: partition, at: .latest(.readCommitted)) else { return }
                ends[partition.partition] = end
            }
            lastComplete.ask(ends, asOf: now)
        }
        lastComplete.reach { position(of: TopicPartition(topic, $0)) }
    }

    /// Whether `flush` would have something to write.
    var hasUnflushed: Bool {
        store.isPersistent && (store.hasUnflushed || lastComplete.time != writtenComplete)
    }

    /// Writes the store down, and then up to where it holds the topic. The caller does not hold the lock.
    func flush(evicting: Bool, now: UInt64) throws {
        lastFlush = now
        guard store.isPersistent else { return }
        let reached = Dictionary(uniqueKeysWithValues: partitions.map { ($0.partition, position(of: $0)) })
        try lock.process {
            try store.flush()
            // What was used since the last call stays once.
            if evicting { for _ in 0..<2 { store.evictClean() } }
        }
        try positions.write(GlobalPositions.Reached(positions: reached, caughtUp: lastComplete.time), on: disk)
        writtenComplete = lastComplete.time
    }

    var snapshot: GlobalTableSnapshot {
        var snapshot = GlobalTableSnapshot(store: name, topic: topic)
        snapshot.isLoaded = isLoaded
        snapshot.appliedRecords = task.context.metrics.processedRecords
        snapshot.dropped = task.context.metrics.dropped
        snapshot.partitions = task.queues.map { queue in
            let position = queue.position ?? .zero
            let end = max(ends[queue.partition.partition] ?? position, queue.knownEnd ?? position)
            return GlobalTableSnapshot.Partition(
                partition: queue.partition.partition, position: position, end: end)
        }
        return snapshot
    }

    /// What loading took, one report a partition; once.
    func takeReports(now: UInt64) -> [RestoreReport] {
        defer { reports = [] }
        return reports.map { report in
            var report = report
            report.isComplete = true
            report.duration = .nanoseconds(Int64(now - openedAt))
            report.restoredRecords = task.queue(of: report.changelog)?.processedRecords ?? 0
            return report
        }
    }
}

/// Global tables write to no topic.
private final class NoSender: BatchSender {
    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
        throw ClusterError(.invalidRequest, "a global table cannot write", partition: partition)
    }

    func partitionCount(of topic: String) throws -> Int32 { 1 }
}

extension ErrorHandlers {
    /// There is no transaction that a dead letter could be part of (SEMANTICS F4).
    fileprivate func withoutDeadLetters() -> ErrorHandlers {
        func skipping(
            _ handler: @escaping @Sendable (FailedRecord) -> ErrorReaction
        ) -> @Sendable (FailedRecord) -> ErrorReaction {
            { record in
                let reaction = handler(record)
                if case .deadLetter = reaction { return .skip }
                return reaction
            }
        }
        return ErrorHandlers(
            deserialization: skipping(deserialization), processing: skipping(processing),
            production: skipping(production))
    }
}
