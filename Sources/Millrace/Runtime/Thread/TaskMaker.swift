internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Makes a stream thread's tasks: opens their stores, finds where to read on, and says what must be restored first.
/// Calls the cluster and the disk; owned by the stream thread.
struct TaskMaker {
    let environment: ThreadEnvironment
    let collector: RecordCollector
    let consumer: any ClusterConsumer
    /// Directories of stores that were found damaged: they are emptied before they are opened again.
    var damaged: [String: String] = [:]

    private var configuration: StreamsConfiguration { environment.configuration }
    private var admin: any ClusterAdmin { configuration.cluster.admin }

    init(environment: ThreadEnvironment, collector: RecordCollector, consumer: any ClusterConsumer) {
        self.environment = environment
        self.collector = collector
        self.consumer = consumer
    }

    /// The task's directory must be locked by the caller. Positions are asked for before the changelogs' ends: what an
    /// earlier owner still commits afterwards is fenced by the group's generation (KIP-447).
    ///
    /// - Parameter warm: asked once nothing has to be repeated any more: the stores that were kept warm. Where `make`
    ///   throws after that, they are closed.
    mutating func make(
        _ id: TaskID, reading partitions: [TopicPartition], now: UInt64,
        warm takeWarm: () -> [String: WarmStore]
    ) throws -> (task: AssignedTask, jobs: [ChangelogRestorer.Job]) {
        // An open transaction is waited for from round to round: tasks that are ready run meanwhile.
        let committed = try consumer.committed(partitions, maxWait: .zero)
        let context = TaskContext(
            applicationID: environment.applicationID, taskID: id, semantics: configuration.semantics,
            emission: configuration.emission, collector: collector, metrics: TaskMetrics(),
            punctuations: PunctuationQueue(), handlers: configuration.handlers,
            maxFutureSkew: configuration.maxFutureSkew)
        let lock = TaskLock()
        var stores: [TaskStore] = []
        var jobs: [ChangelogRestorer.Job] = []
        var warm = takeWarm()
        do {
            for specification in specifications(of: id) {
                let (store, job) = try open(
                    specification, of: id, lock: lock, committed: committed,
                    warm: warm.removeValue(forKey: specification.name),
                    now: now)
                stores.append(store)
                if let job { jobs.append(job) }
            }
        } catch {
            for store in stores { store.store.close() }
            for left in warm.values { left.store.close() }
            throw error
        }
        let task = AssignedTask(
            id: id, lock: lock, partitions: partitions, context: context, stores: stores, committed: committed,
            restoring: Set(jobs.map(\.partition)), now: now)
        return (task, jobs)
    }

    /// Opens what of another instance's task can be kept warm. The task's directory must be locked by the caller.
    mutating func makeStandby(_ id: TaskID, now: UInt64) throws -> StandbyTask {
        let lock = TaskLock()
        var jobs: [ChangelogRestorer.Job] = []
        do {
            for specification in specifications(of: id) where specification.isChangelogEnabled {
                let source = environment.sourceChangelogs[specification.name]
                if let source, try !hasPartition(source, id) { continue }
                let (store, rebuild) = try openStore(specification, of: id)
                do {
                    jobs.append(
                        try followingJob(
                            specification.name, store, rebuild, of: id, lock: lock, source: source, now: now))
                } catch {
                    store.close()
                    throw error
                }
            }
        } catch {
            for job in jobs { job.store.store.close() }
            throw error
        }
        return StandbyTask(id: id, lock: lock, jobs: jobs)
    }

    private func specifications(of task: TaskID) -> [StoreSpecification] {
        let names = environment.topology.subtopologies.first { $0.id == task.subtopology }?.stores ?? []
        return names.compactMap { environment.topology.stores[$0] }
    }

    private func followingJob(
        _ name: String, _ opened: any StateStore, _ rebuilt: RestoreReport.Rebuild?, of task: TaskID, lock: TaskLock,
        source: SourceChangelog?, now: UInt64
    ) throws -> ChangelogRestorer.Job {
        let changelog = changelog(of: name, source, task)
        var committed: [TopicPartition: CommittedOffset] = [:]
        if source != nil {
            committed = try admin.committedOffsets(
                group: environment.applicationID, partitions: [changelog])
        }
        let asOf = configuration.clock.now()
        let bounds = try bounds(of: changelog, source, committed)
        var rebuild = rebuilt
        let (store, from) = try fit(opened, opened.checkpoint, name, of: task, to: changelog, bounds, &rebuild)
        let report = RestoreReport(
            task: task, store: name, changelog: changelog, checkpoint: from, from: from ?? bounds.start,
            to: bounds.end, rebuild: rebuild)
        // Nothing is written to its changelog from here.
        let taskStore = try TaskStore(store, name: name, changelog: nil, collector: collector)
        return ChangelogRestorer.Job(
            store: taskStore, lock: lock, partition: changelog, source: source, report: report,
            standbyLimit: source == nil ? Offset(.max) : bounds.end, startedAt: now, asOf: asOf)
    }

    private mutating func open(
        _ specification: StoreSpecification, of task: TaskID, lock: TaskLock,
        committed: [TopicPartition: CommittedOffset],
        warm: WarmStore?, now: UInt64
    ) throws -> (TaskStore, ChangelogRestorer.Job?) {
        let name = specification.name
        var (store, rebuild): (any StateStore, RestoreReport.Rebuild?)
        if let warm {
            (store, rebuild) = (warm.store, nil)
        } else {
            (store, rebuild) = try openStore(specification, of: task)
        }
        let source = environment.sourceChangelogs[name]
        do {
            guard specification.isChangelogEnabled, try source.map({ try hasPartition($0, task) }) ?? true
            else {
                return (try TaskStore(store, name: name, changelog: nil, collector: collector), nil)
            }
            let changelog = changelog(of: name, source, task)
            let asOf = configuration.clock.now()
            let bounds = try bounds(of: changelog, source, committed)
            let reached: Offset?
            let found = warm?.position ?? store.checkpoint
            (store, reached) = try fit(
                store, found, name, of: task, isWarm: warm != nil, to: changelog, bounds, &rebuild)
            var report = RestoreReport(
                task: task, store: name, changelog: changelog, checkpoint: found,
                from: reached ?? bounds.start,
                to: bounds.end, rebuild: rebuild)
            report.wasWarm = warm != nil && rebuild == nil
            let taskStore = try TaskStore(
                store, name: name, changelog: changelog, isRestoredFromSource: source != nil,
                collector: collector)
            return (
                taskStore,
                ChangelogRestorer.Job(
                    store: taskStore, lock: lock, partition: changelog, source: source, report: report,
                    startedAt: now, asOf: asOf)
            )
        } catch {
            store.close()
            throw error
        }
    }

    private func changelog(of store: String, _ source: SourceChangelog?, _ task: TaskID)
        -> TopicPartition
    {
        let own = TopicReference.changelog(store).name(applicationID: environment.applicationID)
        return TopicPartition(source?.topic ?? own, task.partition)
    }

    private func bounds(
        of changelog: TopicPartition, _ source: SourceChangelog?,
        _ committed: [TopicPartition: CommittedOffset]
    ) throws -> (start: Offset, end: Offset) {
        let start = try admin.offset(of: changelog, at: .earliest) ?? .zero
        let end = try admin.offset(of: changelog, at: .latest(.readUncommitted)) ?? .zero
        // What is not committed of a source comes by way of the task (SEMANTICS H4, I12).
        return (
            start, source == nil ? end : max(start, min(end, committed[changelog]?.offset ?? start))
        )
    }

    /// A store that cannot be read on from where it stands is emptied.
    private func fit(
        _ store: any StateStore, _ reached: Offset?, _ name: String, of task: TaskID, isWarm: Bool = false,
        to changelog: TopicPartition, _ bounds: (start: Offset, end: Offset), _ rebuild: inout RestoreReport.Rebuild?
    ) throws -> (any StateStore, Offset?) {
        guard let reached, let specification = environment.topology.stores[name] else { return (store, reached) }
        var reason: RestoreReport.Rebuild?
        if reached < bounds.start || reached > bounds.end {
            reason = .checkpointOutsideLog(checkpoint: reached, logStart: bounds.start, logEnd: bounds.end)
        } else if !isWarm, reached < bounds.end {
            reason = try TombstoneRetention(configuration).rebuild(from: changelog.topic, since: store.caughtUpAt)
        }
        guard let reason else { return (store, reached) }
        store.close()
        let directory = environment.stateDirectory.directory(of: task)
        rebuild = try wipe("\(directory)/\(name)", reason)
        return (try make(specification, in: directory), nil)
    }

    /// Opens a store; one that is damaged is emptied first.
    private mutating func openStore(
        _ specification: StoreSpecification, of task: TaskID
    ) throws -> (any StateStore, RestoreReport.Rebuild?) {
        let directory = environment.stateDirectory.directory(of: task)
        let path = "\(directory)/\(specification.name)"
        var rebuild: RestoreReport.Rebuild?
        if let message = damaged.removeValue(forKey: path) {
            rebuild = try wipe(path, .corrupt(message))
        }
        do {
            return (try make(specification, in: directory), rebuild)
        } catch let error as StoreError where error.kind == .corrupt && rebuild == nil {
            rebuild = try wipe(path, .corrupt(error.description))
            return (try make(specification, in: directory), rebuild)
        }
    }

    /// A task of a table may have no partition of the table's topic, where another of its topics has more.
    private func hasPartition(_ source: SourceChangelog, _ task: TaskID) throws -> Bool {
        task.partition < (try admin.describeTopic(source.topic)?.partitionCount ?? 0)
    }

    private func make(_ specification: StoreSpecification, in directory: String) throws
        -> any StateStore
    {
        if specification.isPersistent { try environment.disk.createDirectory(directory) }
        return try specification.makeStore(
            StoreEnvironment(location: .directory(directory), resources: environment.resources))
    }

    private func wipe(_ path: String, _ reason: RestoreReport.Rebuild) throws -> RestoreReport.Rebuild {
        if try environment.disk.exists(path) { try environment.disk.removeDirectory(path) }
        return reason
    }

    /// Puts the operators together, once the stores are restored, and gives the consumer the positions.
    func start(_ task: AssignedTask, now: Timestamp) throws -> StreamTask {
        let operators = try environment.topology.assemble(
            subtopologies: [task.id.subtopology], context: task.context,
            stores: Dictionary(uniqueKeysWithValues: task.stores.map { ($0.name, $0.store) })
                .merging(environment.globals?.readyStores ?? [:]) { own, _ in own })
        let running = try StreamTask(
            context: task.context, topology: operators, partitions: task.partitions, stores: task.stores)
        running.restore(committed: task.committed)
        for queue in running.queues {
            let position = try position(
                of: queue.partition, committed: task.committed[queue.partition]?.offset)
            queue.restore(position: position, partitionTime: nil)
            queue.knownEnd = try admin.offset(of: queue.partition, at: .latest(isolation))
        }
        try task.lock.process { try environment.operating { try running.start(now: now) } }
        return running
    }

    private var isolation: IsolationLevel { .readCommitted }

    /// The committed position, unless retention has taken what stood there; then, or where there is none, what the
    /// settings say. Internal topics are then read from their beginning (SEMANTICS L9).
    private func position(of partition: TopicPartition, committed: Offset?) throws -> Offset {
        let start = try admin.offset(of: partition, at: .earliest) ?? .zero
        let end = try admin.offset(of: partition, at: .latest(.readUncommitted)) ?? .zero
        if let committed, committed > end { throw lost(partition, committed: committed, end: end) }
        if let committed, committed >= start { return committed }
        if environment.repartitionTopics.contains(partition.topic) { return start }
        guard let reset = configuration.offsetReset else {
            guard let committed else {
                throw ClusterError(
                    .noOffsetForPartition, "no committed position and offsetReset is nil",
                    partition: partition)
            }
            throw ClusterError(
                .offsetOutOfRange,
                "the committed position \(committed) is before the log's start \(start) and offsetReset is nil",
                partition: partition)
        }
        return try admin.offset(of: partition, at: reset) ?? end
    }

    /// The log has lost records that are counted already. Reading from anywhere would count records twice or pass over
    /// new ones without a word, so that a person has to choose.
    private func lost(_ partition: TopicPartition, committed: Offset, end: Offset) -> ClusterError {
        ClusterError(
            .offsetOutOfRange,
            """
            the committed position \(committed) is beyond the log's end \(end): the log lost records that were \
            processed already. Restore the log, or commit a position for the group \(configuration.applicationID) by \
            hand, or process everything again under another applicationID
            """, partition: partition)
    }
}
