internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// What the global thread does: opens the global tables, reads their topics up to where these ended at that time, lets
/// the stream threads begin, and from then on puts new records in as they come, without regard to the times of any
/// stream (SEMANTICS F4). It reads committed data only. Calls the cluster and the disk; all it owns stays on its
/// thread, but for the stores, which others read under the tables' lock.
final class GlobalTablesLoop {
    private static let pollMilliseconds: Int64 = 100

    private let environment: GlobalEnvironment
    private let shared: GlobalTables
    private var tables: [GlobalTable] = []
    private var tableOfTopic: [String: GlobalTable] = [:]
    private var consumer: (any ClusterConsumer)?
    private var fetched: [FetchedBatches] = []
    private var isStopping = false
    private(set) var isAbandoned = false
    /// Since when calls that may be repeated fail.
    private var failingSince: UInt64?

    init(environment: GlobalEnvironment, tables: GlobalTables) {
        self.environment = environment
        shared = tables
    }

    private var configuration: StreamsConfiguration { environment.configuration }
    private var now: UInt64 { configuration.clock.monotonicNanoseconds() }

    func run() {
        do {
            try open()
            while !isFinished, !tables.allSatisfy(\.isLoaded) { try round() }
            if !isFinished { becomeReady() }
            while !isFinished { try round() }
            if !isAbandoned { for table in tables { try table.flush(evicting: false, now: now) } }
        } catch {
            environment.status.fail(StreamsError(error, location: .init(thread: "global")))
        }
        if isAbandoned { return }
        for table in tables { environment.queries.remove(table.id, lock: shared.lock) }
        shared.mailbox.attach(nil)
        consumer?.close()
        shared.report(.ended)
    }

    private var isFinished: Bool {
        for command in shared.mailbox.take() {
            if command == .abandon { isAbandoned = true } else { isStopping = true }
        }
        return isStopping || isAbandoned
    }

    private func open() throws {
        let slot = environment.stateDirectory.slot
        // Beside the directories of tasks; other applications of this process have their own copies.
        let directory = "\(environment.stateDirectory.path)/global" + (slot == 0 ? "" : "-\(slot)")
        for subtopology in environment.topology.globalSubtopologies {
            let table = try GlobalTable(subtopology, in: directory, environment, lock: shared.lock, now: now)
            tables.append(table)
            tableOfTopic[table.topic] = table
            shared.add(table.store, name: table.name)
            environment.queries.add(table.id, table.taskStores, lock: shared.lock)
        }
        let consumer = try configuration.cluster.makeConsumer(
            ConsumerConfiguration(
                groupID: nil, clientID: "\(configuration.applicationID)-\(environment.stateDirectory.instance)-global",
                isolation: .readCommitted, offsetReset: nil))
        self.consumer = consumer
        shared.mailbox.attach(consumer)
        try consumer.assign(tables.flatMap(\.partitions))
        for table in tables {
            for partition in table.partitions { try consumer.seek(partition, to: table.position(of: partition)) }
        }
        shared.report(tables.map(\.snapshot))
    }

    private func becomeReady() {
        for table in tables {
            for report in table.takeReports(now: now) { environment.status.report(report) }
            environment.queries.setReady(table.id, lock: shared.lock)
        }
        shared.report(.ready)
    }

    private func round() throws {
        do {
            _ = try consumer?.poll(maxWait: .milliseconds(GlobalTablesLoop.pollMilliseconds), into: &fetched)
            failingSince = nil
        } catch {
            return try endure(error)
        }
        if !fetched.isEmpty {
            try apply()
            shared.report(tables.map(\.snapshot))
        }
        for table in tables { table.noteCompleteness() }
        try flushBehind()
    }

    /// Lets a call be repeated in the next round, as long as it may be.
    private func endure(_ error: ClusterError) throws {
        let since = failingSince ?? now
        failingSince = since
        let isOver = now - since > configuration.retryTimeout.wholeNanoseconds
        if error.kind != .retriable || isOver { throw error }
    }

    private func apply() throws {
        defer { fetched.removeAll(keepingCapacity: true) }
        let batches = Dictionary(grouping: fetched, by: \.partition.topic)
        try shared.lock.process {
            for table in tables {
                if let found = batches[table.topic] { try table.apply(found, now: configuration.clock.now()) }
            }
        }
    }

    /// Writes stores down when their time has come, or when memory is short.
    private func flushBehind() throws {
        let bytes = tables.reduce(0) { $0 + ($1.store.isPersistent ? $1.store.overlayByteCount : 0) }
        let isMemoryShort = bytes > configuration.storeMemoryBytes
        // Not more often than this even where memory stays short: what is left may be in use.
        let interval = configuration.flushInterval.wholeNanoseconds
        let rest = isMemoryShort ? min(interval, 100_000_000) : interval
        for table in tables where now - table.lastFlush >= rest {
            if isMemoryShort || table.hasUnflushed { try table.flush(evicting: isMemoryShort, now: now) }
        }
    }
}
