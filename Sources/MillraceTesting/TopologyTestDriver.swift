public import Millrace
import MillraceCluster
public import MillraceCore
public import MillraceStores

/// Runs a topology in the calling thread, without a broker, a thread or a clock: a test writes records, moves time and
/// reads what came out. All sub-topologies run as one task with one partition of each topic, so stream time is common
/// to them, as under Kafka Streams' driver of the same name.
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
/// topology both writes and reads. Of several such records the one with the lowest timestamp goes first; within a topic
/// they keep their order. After each record stream-time schedules fire and the driver commits, so that results which
/// wait for a commit come too. The wall clock moves by `advanceWallClock` alone.
///
/// It does no I/O unless a state directory is given, and belongs to the thread that made it.
public final class TopologyTestDriver {
    /// What schedules of wall-clock time and `ProcessorContext.wallClockTime` see.
    public private(set) var wallClockTime: Timestamp
    let memory = TopicMemory()
    let task: StreamTask
    private let stores: [String: any StateStore]
    private let sourceTopics: Set<String>
    private let internalTopics: Set<String>
    private let emptiesStoreMemory: Bool
    private var stopped: (any Error)?

    /// - Throws: `TopologyError` where the topology cannot run, and what stores and processors throw when they start.
    public init(_ topology: Topology, _ configuration: TestDriverConfiguration = TestDriverConfiguration()) throws {
        wallClockTime = configuration.startTime
        emptiesStoreMemory = configuration.emptiesStoreMemory
        let context = TaskContext(
            applicationID: configuration.applicationID, taskID: TaskID(subtopology: 0, partition: 0),
            semantics: configuration.semantics, emission: configuration.emission,
            collector: RecordCollector(sender: memory), metrics: TaskMetrics(), punctuations: PunctuationQueue(),
            handlers: configuration.handlers)
        let stores = try TopologyTestDriver.makeStores(of: topology, configuration, context.collector)
        self.stores = stores.mapValues(\.store)
        let assembled = try topology.assemble(context: context, stores: self.stores)
        let sources = assembled.sources.map(\.topic)
        sourceTopics = Set(sources)
        internalTopics = Set(
            topology.repartitionTopics.map { $0.reference.name(applicationID: configuration.applicationID) }
                + stores.values.compactMap(\.changelog?.topic))
        memory.feedBack(sources)
        task = try StreamTask(
            context: context, topology: assembled, partitions: sources.map { TopicPartition($0, 0) },
            stores: stores.sorted { $0.key < $1.key }.map(\.value))
        try task.start(now: wallClockTime)
        try commit()
        try settle()
    }

    private static func makeStores(
        of topology: Topology, _ configuration: TestDriverConfiguration, _ collector: RecordCollector
    ) throws -> [String: TaskStore] {
        let environment = StoreEnvironment(
            location: configuration.stateDirectory.map { .directory($0) } ?? .inMemory,
            resources: .shared)
        var stores: [String: TaskStore] = [:]
        for (name, specification) in topology.stores {
            let changelog = TopicReference.changelog(name).name(applicationID: configuration.applicationID)
            stores[name] = try TaskStore(
                try specification.makeStore(environment),
                changelog: specification.isChangelogEnabled ? TopicPartition(changelog, 0) : nil,
                collector: collector)
        }
        return stores
    }

    // MARK: Input

    /// Sends a record in bytes, as a producer would have written it, and processes it.
    /// - Throws: `TestDriverError.notASource` for a topic that the topology does not read,
    ///   `TestDriverError.stopped` after an error has stopped the topology, and the error that stops it.
    public func send(_ record: ProducedRecord) throws {
        guard sourceTopics.contains(record.topic) else {
            throw TestDriverError.notASource(topic: record.topic, sources: sourceTopics.sorted())
        }
        try run {
            task.add(try memory.fetch(record))
            try settle()
        }
    }

    /// Moves the wall clock and fires the wall-clock schedules that are due, each once however far it moved.
    public func advanceWallClock(by duration: Duration) throws {
        precondition(duration >= .zero, "the wall clock does not go back by \(duration)")
        wallClockTime = wallClockTime.advanced(byMilliseconds: duration.wholeMilliseconds)
        try run {
            try task.punctuateWallClock(wallClockTime)
            try commit()
            try settle()
        }
    }

    private func run(_ body: () throws -> Void) throws {
        if let stopped { throw TestDriverError.stopped(by: "\(stopped)") }
        do {
            try body()
        } catch {
            stopped = error
            throw error
        }
    }

    /// Processes until nothing waits, with a commit after each record.
    private func settle() throws {
        while task.bufferedRecords > 0 {
            _ = try task.process(limit: 1)
            try commit()
        }
    }

    /// Commits, and takes what the topology wrote for itself back in.
    private func commit() throws {
        try task.prepareCommit()
        task.commitSucceeded(task.offsetsToCommit) { _ in nil }
        if emptiesStoreMemory {
            for store in stores.values where store.hasUnflushed { try store.flush() }
            // What was used since the last call stays once.
            for _ in 0..<2 { for store in stores.values { store.evictClean() } }
        }
        for record in memory.takeWaiting() { task.add(try memory.fetch(record)) }
    }

    // MARK: State

    /// Largest timestamp of any record processed; nil before the first.
    public var streamTime: Timestamp? { task.context.streamTime }

    /// How many records were dropped so far, and why.
    public var droppedRecords: [DropReason: Int] { task.context.metrics.dropped }

    /// How many records each node has had, and which it dropped; parents before children.
    public var nodes: [NodeSnapshot] { task.context.metrics.nodeSnapshots }

    /// The topics that the topology has written to, internal ones left out, in order of their first record.
    public var producedTopics: [String] { memory.topics.filter { !internalTopics.contains($0) } }

    /// A store of the topology, for reading and for filling it before the first record. What is written here goes to
    /// the changelog with the next record's commit.
    ///
    ///     let counts = try driver.store("counts", KeyValueStore<String, Int64>.self)
    ///     #expect(try counts.value(for: "alice") == 2)
    ///
    /// - Parameter type: `KeyValueStore` or `WindowStore` of the key and value types of the topology.
    /// - Throws: `TestDriverError.unknownStore`, `TestDriverError.storeType`.
    public func store<Store: StateStore>(_ name: String, _ type: Store.Type = Store.self) throws -> Store {
        guard let store = stores[name] else {
            throw TestDriverError.unknownStore(name: name, stores: stores.keys.sorted())
        }
        guard let typed = store as? Store else {
            throw TestDriverError.storeType(
                name: name, expected: "\(Store.self)", found: "\(Swift.type(of: store))")
        }
        return typed
    }

    /// The names of the topology's stores, sorted.
    public var storeNames: [String] { stores.keys.sorted() }

    /// Closes processors and stores. The driver takes no records afterwards.
    public func close() {
        if stopped as? TestDriverError == .closed { return }
        stopped = TestDriverError.closed
        task.close()
    }
}

/// What a test asks of a driver that it cannot do.
public enum TestDriverError: Error, Hashable, Sendable, CustomStringConvertible {
    case notASource(topic: String, sources: [String])
    case unknownStore(name: String, stores: [String])
    case storeType(name: String, expected: String, found: String)
    /// An earlier record stopped the topology, as it would have stopped the application.
    case stopped(by: String)
    case closed

    public var description: String {
        switch self {
        case .notASource(let topic, let sources): "the topology does not read \(topic), only \(sources)"
        case .unknownStore(let name, let stores): "the topology has no store \(name), only \(stores)"
        case .storeType(let name, let expected, let found): "store \(name) is a \(found), not a \(expected)"
        case .stopped(let reason): "the topology has been stopped by: \(reason)"
        case .closed: "the driver has been closed"
        }
    }
}
