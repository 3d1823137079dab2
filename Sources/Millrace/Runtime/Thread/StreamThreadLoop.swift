internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// What a stream thread does, round by round: poll, take what is restored, process in slices, commit when it is time,
/// write stores down behind. It owns its tasks, consumer and producer, which never leave the thread, save the stores
/// that its restore thread has; it calls the cluster and the disk. The rest of it: `+Rebalance`, `+Standby`,
/// `+Processing`, `+Commit`, `+Failure`.
///
/// Sources: ARCHITECTURE §5, SEMANTICS A8, L, N.
final class StreamThreadLoop {
    let name: String
    let index: Int
    let environment: ThreadEnvironment
    let mailbox: ThreadMailbox
    let assignor: StreamsAssignor
    let consumer: any ClusterConsumer
    let producer: ThreadProducer
    let collector: RecordCollector
    let restorer: RestoreThread
    var maker: TaskMaker

    /// Assigned tasks, running or restoring, by id.
    var tasks: [TaskID: AssignedTask] = [:]
    var taskOfPartition: [TopicPartition: AssignedTask] = [:]
    /// Assigned, but not made yet: the directory is still held by another thread, or a call has to be repeated.
    var missing: [TaskID: [TopicPartition]] = [:]
    /// Tasks of other instances that are kept warm, and those that are still to be.
    var standbys: [TaskID: StandbyTask] = [:]
    var missingStandbys: [TaskID] = []
    var lastLimits: UInt64 = 0
    /// Of the standbys, those that are to become the thread's own once they are warm; and since when they are to.
    var warmups: [TaskID] = []
    var acceptableLag: Int64 = 0
    var warmingSince: UInt64 = 0
    /// Since when a task could not be made.
    var missingSince: UInt64?
    /// Before it nobody tries: the cluster has asked for patience.
    var retryMissingAt: UInt64 = 0
    /// Whether the group has answered once since the last loss.
    var hasAssignment = false
    /// What the thread was told last; nil while it is to go on.
    var ending: ThreadCommand?
    /// Whether the tasks stand still.
    var isPaused = false

    var batches: [FetchedBatches] = []
    var lastCommit: UInt64 = 0
    /// When a commit last proved that the tasks are this thread's.
    var lastProof: UInt64 = 0
    var lastPublished: UInt64 = 0
    var lastPurge: UInt64 = 0
    var lastClean: UInt64 = 0
    /// Committed positions of repartition topics, up to which records can be deleted.
    var purgeable: [TopicPartition: Offset] = [:]
    /// Whose turn it is to be processed first.
    var turn = 0
    /// Failures in a row that closed all tasks; they slow down what follows.
    var recoveries = 0
    var metrics: ThreadMetrics
    var publishedRecords = 0
    /// Of tasks that are closed.
    var retiredDropped: [DropReason: Int]
    /// What the loops before this one have counted.
    let earlier: ThreadMetrics

    init(
        name: String, index: Int, environment: ThreadEnvironment, mailbox: ThreadMailbox, metrics: ThreadMetrics
    ) throws(ClusterError) {
        self.name = name
        self.index = index
        self.environment = environment
        self.mailbox = mailbox
        let configuration = environment.configuration
        let clientID = "\(configuration.applicationID)-\(environment.stateDirectory.instance)-\(index)"
        assignor = StreamsAssignor(
            layout: environment.layout, instance: environment.stateDirectory.instance,
            host: configuration.applicationServer, standbyReplicas: configuration.standbyReplicas,
            limits: WarmupPlan.Limits(
                acceptableLag: configuration.acceptableRecoveryLag, warmupsMaximum: configuration.maxWarmupReplicas))
        producer = try ThreadProducer(
            cluster: configuration.cluster,
            transactionalID: configuration.guarantee == .exactlyOnce ? clientID : nil, clientID: clientID,
            transactionTimeout: configuration.transactionTimeout)
        collector = RecordCollector(sender: producer)
        consumer = try configuration.cluster.makeConsumer(
            ConsumerConfiguration(
                groupID: configuration.applicationID, clientID: clientID, isolation: .readCommitted,
                offsetReset: .earliest, groupInstanceID: configuration.groupInstanceID.map { "\($0)-\(index)" },
                sessionTimeout: configuration.sessionTimeout,
                heartbeatInterval: configuration.heartbeatInterval,
                rebalanceTimeout: configuration.rebalanceTimeout))
        maker = TaskMaker(environment: environment, collector: collector, consumer: consumer)
        self.metrics = metrics
        earlier = metrics
        retiredDropped = metrics.dropped
        publishedRecords = metrics.processedRecords
        // Last: nothing that could fail comes after it, so that the thread always has somebody who ends it.
        restorer = RestoreThread(
            name: "restore-\(index)",
            RestoreThread.Environment(
                cluster: configuration.cluster, clientID: "\(clientID)-restore", clock: configuration.clock,
                flushInterval: configuration.flushInterval, retryTimeout: configuration.retryTimeout,
                onNews: { mailbox.post(.look) }))
    }

    var configuration: StreamsConfiguration { environment.configuration }
    var nanoseconds: UInt64 { configuration.clock.monotonicNanoseconds() }
    var runningTasks: [AssignedTask] { tasks.values.filter { $0.running != nil }.sorted { $0.id < $1.id } }

    /// Runs until the thread is told to stop, or fails for good.
    func run() -> StreamThreadLives.End {
        var end = StreamThreadLives.End.stopped
        do {
            mailbox.attach(consumer)
            assignor.remember(
                generation: -1, active: [], standby: [],
                onDisk: try environment.stateDirectory.tasksOnDisk(environment.disk))
            try consumer.subscribe(to: environment.layout.sourceTopics, assignor: assignor)
            lastCommit = nanoseconds
            environment.status.report(thread: index, .rebalancing)
            while ending == nil { try roundWithRecovery() }
            if ending == .abandon {
                restorer.abandon()
                return .abandoned
            }
            try shutDown()
            if ending == .leave { end = .left }
        } catch {
            end = fail(error)
        }
        mailbox.attach(nil)
        publishMetrics()
        return end
    }

    private func roundWithRecovery() throws {
        do {
            try round()
        } catch {
            guard let reaction = Recovery(for: error) else { throw error }
            try recover(from: error, reaction)
        }
    }

    private func round() throws {
        ending = mailbox.take().filter { $0 != .look }.max()
        if ending != nil { return }
        followPause()
        // A producer without a thread of its own sends and repeats what waits in these rounds: a hundred milliseconds
        // apart at most, more often where it asks for it.
        let producerWait = try producer.advance()
        if let event = try consumer.poll(maxWait: min(pollWait(), producerWait ?? .seconds(1)), into: &batches) {
            // Positions are set anew for every task after a rebalance, so what came along is read again.
            batches.removeAll(keepingCapacity: true)
            try handle(event)
        }
        let now = configuration.clock.now()
        deliverBatches(now: now)
        try makeMissingTasks()
        try takeRestored()
        try warmStandbys()
        // Between giving the partitions up and getting them anew nothing may be done: it would be committed after
        // another thread has read what is committed (SEMANTICS L3).
        if hasAssignment {
            if !isPaused {
                try process()
                try punctuate(configuration.clock.now())
            }
            if isCommitDue { try commit() }
        }
        try flushBehind()
        purgeRepartitionTopics()
        try cleanStateDirectory()
        publishPhase()
        if nanoseconds - lastPublished > 250_000_000 { publishMetrics() }
    }

    private func deliverBatches(now: Timestamp) {
        for fetched in batches {
            metrics.polledBatches += fetched.batches.count
            guard let task = taskOfPartition[fetched.partition]?.running else { continue }
            task.updateWallClock(now)
            task.add(fetched)
        }
        batches.removeAll(keepingCapacity: true)
    }

    /// How long the poll may wait for records: not at all while there is something to do.
    private func pollWait() -> Duration {
        let now = nanoseconds
        var wait: Int64 = 100
        if !missing.isEmpty {
            wait = max(2, Int64((max(retryMissingAt, now) - now) / 1_000_000))
        }
        for task in tasks.values {
            guard let running = task.running, hasAssignment else { continue }
            if running.context.isCommitRequested { return .zero }
            if running.needsCommit {
                let elapsed = Int64((now - min(now, lastCommit)) / 1_000_000)
                wait = min(wait, max(0, configuration.commitInterval.wholeMilliseconds - elapsed))
            }
            if isPaused { continue }
            if running.hasBacklog { return .zero }
            if task.isReady(now: now, idleTime: configuration.taskIdleTime) { return .zero }
            if task.idleSince != nil { wait = min(wait, 5) }
            if let due = running.context.punctuations.nextWallClockDue {
                wait = min(wait, max(0, due.milliseconds(since: configuration.clock.now())))
            }
        }
        return .milliseconds(wait)
    }

    func publishPhase() {
        let isReady = hasAssignment && missing.isEmpty && tasks.values.allSatisfy { $0.running != nil }
        environment.status.report(thread: index, isReady ? .running : .rebalancing)
        if isReady { recoveries = 0 }
    }
}
