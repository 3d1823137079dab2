public import Millrace
import MillraceCluster
public import MillraceCore
import MillraceSimulation
import MillraceStores

/// Runs a topology in the calling thread, without a broker, a thread or a clock: a test writes records, moves time and
/// reads what came out. Unless `TestDriverConfiguration.partitions` says otherwise, all sub-topologies run as one task
/// with one partition of each topic, so stream time is common to them, as under Kafka Streams' driver of the same name.
///
///     let builder = StreamsBuilder()
///     builder.stream("words", Consumed(key: .string, value: .string))
///         .groupByKey().count(.as("counts")).toStream().to("totals", Produced(key: .string, value: .int64))
///     let driver = try TopologyTestDriver(try builder.build())
///     let words = driver.inputTopic("words", key: .string, value: .string)
///     let totals = driver.outputTopic("totals", key: .string, value: .int64)
///     try words.send("alice", "hello")
///     #expect(try totals.readTable() == ["alice": 1])
///
/// Each record is processed completely before `send` returns: through repartition topics, and through topics that the
/// topology both writes and reads. Of several such records of one task the one with the lowest timestamp goes first;
/// within a partition they keep their order. After each record stream-time schedules fire and the driver commits, so
/// that results which wait for a commit come too. The wall clock moves by `advanceWallClock` alone.
///
/// With several partitions there is one task for each sub-topology and partition, as in an application. Commits can be
/// put anywhere (`TestDriverConfiguration.commits`, `commit`), and so can crashes (`crash`): what is not committed is
/// then lost, stores come back from their changelogs, and records are read again from the committed positions.
///
/// It does no I/O unless a state directory is given, and belongs to the thread that made it.
public final class TopologyTestDriver {
    /// What schedules of wall-clock time and `ProcessorContext.wallClockTime` see.
    public private(set) var wallClockTime: Timestamp
    let memory: TopicMemory
    let plan: TaskPlan
    /// In order of their ids.
    var tasks: [TestTask] = []
    /// Keeps the global tables: takes every record as soon as it is visible, and has no part in stream time.
    let globals: TestTask?
    let topology: Topology
    let configuration: TestDriverConfiguration
    /// What tasks that have crashed had counted.
    var retiredNodes: [NodeSnapshot] = []
    var stopped: (any Error)?
    private let sourceTopics: Set<String>
    private var generator: SeededGenerator
    private var recordsSinceCommit = 0

    /// - Throws: `TopologyError` where the topology cannot run, and what stores and processors throw when they start.
    public init(_ topology: Topology, _ configuration: TestDriverConfiguration = TestDriverConfiguration()) throws {
        if configuration.emission == .onWindowClose {
            let message = "emission .onWindowClose is for aggregations over windows, with Materialized"
            throw StreamsError(.invalidConfiguration, message)
        }
        self.topology = topology
        self.configuration = configuration
        wallClockTime = configuration.startTime
        plan = try TaskPlan(topology, configuration)
        memory = TopicMemory(partitionCounts: plan.partitionCounts, others: plan.otherCount)
        let entries = plan.entries + (plan.globalEntry.map { [$0] } ?? [])
        sourceTopics = Set(entries.flatMap { $0.partitions.map(\.topic) })
        globals = try plan.globalEntry.map { [memory] in
            try TestTask($0, of: topology, configuration, memory, globals: [:])
        }
        if case .random(let seed) = configuration.interleaving {
            generator = SeededGenerator(seed: seed)
        } else {
            generator = SeededGenerator(seed: 0)
        }
        tasks = try plan.entries.map { try makeTask($0) }
        try globals?.task.start(now: wallClockTime)
        try start(tasks)
    }

    func makeTask(_ entry: TaskPlan.Entry) throws -> TestTask {
        try TestTask(entry, of: topology, configuration, memory, globals: globals?.stores ?? [:])
    }

    /// Starts the processors, which may write.
    func start(_ tasks: [TestTask]) throws {
        for task in tasks { try task.task.start(now: wallClockTime) }
        for task in tasks where configuration.commits == .everyRecord || task.task.context.isCommitRequested {
            try task.commit()
        }
        try fetch()
        if configuration.processesOnSend { try settle() }
    }

    // MARK: Input

    /// Sends a record in bytes, as a producer would have written it, and processes it.
    /// - Throws: `TestDriverError.notASource` for a topic that the topology does not read,
    ///   `TestDriverError.unknownPartition`, `TestDriverError.stopped` after an error has stopped the topology, and the
    ///   error that stops it.
    public func send(_ record: ProducedRecord) throws {
        guard sourceTopics.contains(record.topic) else {
            throw TestDriverError.notASource(topic: record.topic, sources: sourceTopics.sorted())
        }
        try checkRunning()
        try memory.append(input: record)
        try run {
            try fetch()
            if configuration.processesOnSend { try settle() }
        }
    }

    /// Moves the wall clock and fires the wall-clock schedules that are due, each once however far it moved. Then the
    /// time of tasks that have been idle for long enough moves on, if `TestDriverConfiguration.idlePolicy` says so.
    public func advanceWallClock(by duration: Duration) throws {
        precondition(duration >= .zero, "the wall clock does not go back by \(duration)")
        wallClockTime = wallClockTime.advanced(byMilliseconds: duration.wholeMilliseconds)
        try run {
            for task in tasks {
                try task.task.punctuateWallClock(wallClockTime)
                if configuration.commits == .everyRecord || task.task.context.isCommitRequested { try task.commit() }
            }
            try fetch()
            if configuration.processesOnSend { try settle() } else { try advanceIdleTime() }
        }
    }

    // MARK: Processing

    /// Processes one record of the task whose turn it is, and commits if the configuration says so; false where no
    /// record waits.
    @discardableResult
    public func processNext() throws -> Bool {
        var isDone = false
        try run { isDone = try step() }
        return isDone
    }

    /// Processes until no record waits.
    public func processAll() throws { try run { try settle() } }

    /// How many records wait in the tasks. What a task has not committed yet does not wait anywhere.
    public var waitingRecords: Int { tasks.reduce(0) { $0 + $1.task.bufferedRecords } }

    func run(_ body: () throws -> Void) throws {
        try checkRunning()
        do {
            try body()
        } catch {
            stopped = error
            throw error
        }
    }

    private func checkRunning() throws {
        if let stopped { throw TestDriverError.stopped(by: "\(stopped)") }
    }

    func settle() throws {
        repeat { while try step() {} } while try advanceIdleTime()
    }

    /// Moves the time of idle tasks on, upstream first; returns whether there was any to move.
    @discardableResult
    private func advanceIdleTime() throws -> Bool {
        var hasMoved = false
        for task in tasks where try task.task.advanceIdleTime(now: wallClockTime, configuration.idlePolicy) {
            hasMoved = true
            try task.commit()
            try fetch()
        }
        return hasMoved
    }

    private func step() throws -> Bool {
        guard let task = nextTask() else { return false }
        // What a record has left undone is a step of its own.
        let goesOn = task.task.hasBacklog && (task.task.bufferedRecords == 0 || takesBacklogFirst())
        if goesOn { try task.task.workOff(limit: 1_000) } else { _ = try task.task.process(limit: 1) }
        recordsSinceCommit += 1
        switch configuration.commits {
        case .everyRecord:
            try task.commit()
            try fetch()
        case .every(let records) where recordsSinceCommit >= records: try commitAll()
        case .every, .byHand:
            if task.task.context.isCommitRequested {
                try task.commit()
                try fetch()
            }
        }
        return true
    }

    private func takesBacklogFirst() -> Bool {
        configuration.interleaving == .inOrder || Bool.random(using: &generator)
    }

    private func nextTask() -> TestTask? {
        if configuration.interleaving == .inOrder || tasks.count == 1 { return tasks.first(where: \.hasRecords) }
        return tasks.filter(\.hasRecords).randomElement(using: &generator)
    }

    func commitAll() throws {
        recordsSinceCommit = 0
        for task in tasks { try task.commit() }
        try fetch()
    }

    /// Takes in what has become visible.
    func fetch() throws {
        try globals?.catchUp()
        for task in tasks { try task.fetch() }
    }

    /// Closes processors and stores. The driver takes no records afterwards.
    public func close() {
        if stopped as? TestDriverError == .closed { return }
        stopped = TestDriverError.closed
        for task in tasks { task.close() }
        globals?.close()
    }
}
