internal import MillraceCore
internal import MillraceStores
internal import MillraceCluster

/// A running topology: its stream threads, and everything that may be asked of them. A handle that any thread may use.
///
///     let application = try StreamsApplication(
///         topology, StreamsConfiguration(applicationID: "chat", cluster: cluster, stateDirectory: "/var/lib/chat"))
///     application.onStateChange { new, old in … }
///     try application.start()
///     …
///     application.close()
///
/// Several applications with the same id, in one process or many, share the work.
public final class StreamsApplication: Sendable {
    /// What the application runs.
    public let topology: Topology
    /// How it runs it.
    public let configuration: StreamsConfiguration
    let status = ApplicationStatus()
    let queries = QueryRegistry()
    let instances = InstanceRegistry()

    struct Running {
        /// By their numbers.
        var threads: [Int: StreamThread] = [:]
        /// Threads that `removeThread` waits for.
        var leaving: Set<Int> = []
        /// What further threads are started with; nil before the start.
        var environment: ThreadEnvironment?
        var globals: GlobalTables?
        var directory: StateDirectory?
        var isAbandoned = false
        /// A thread is inside `start`: whoever closes waits for the threads that it may yet make.
        var isStarting = false
    }
    let running = Monitor(Running())

    /// - Throws: `StreamsError` `.invalidConfiguration`.
    public init(_ topology: Topology, _ configuration: StreamsConfiguration) throws(StreamsError) {
        try configuration.validate()
        self.topology = topology
        self.configuration = configuration
    }

    // MARK: State

    /// Where the application stands now.
    public var state: StreamsState { status.state }
    /// Why the application stopped, or is about to; nil while nothing has failed.
    public var error: StreamsError? { status.error }

    /// Calls `listener` with the new and the old state, on the thread that made the change.
    public func onStateChange(_ listener: @escaping @Sendable (StreamsState, StreamsState) -> Void) {
        status.listen(toState: listener)
    }

    /// Calls `listener` with the error that stops the application.
    public func onError(_ listener: @escaping @Sendable (StreamsError) -> Void) { status.listen(toErrors: listener) }

    /// Calls `listener` whenever a store has been restored.
    public func onRestore(_ listener: @escaping @Sendable (RestoreReport) -> Void) {
        status.listen(toRestores: listener)
    }

    /// Waits until the application is in this state; false where it is not in time, or can no longer get there.
    public func waitUntil(_ wanted: StreamsState, timeout: Duration) -> Bool {
        _ = status.wait(timeout: timeout) { $0 == wanted || $0.isFinal }
        return state == wanted
    }

    /// Each restore of a store since the start, in the order in which they ended.
    public var restoreReports: [RestoreReport] { status.restores }

    /// What the threads last reported, four times a second.
    public var metrics: StreamsMetrics { StreamsMetrics(threads: status.metrics) }

    /// How far this instance's copies of the global tables are, in the order of the topology. While the application
    /// is rebalancing, this is the progress of their loading.
    public var globalTables: [GlobalTableSnapshot] { running.withLock { $0.globals }?.snapshots ?? [] }

    // MARK: Life

    /// Checks the topics, makes the internal ones, and starts the threads. Returns before the first assignment.
    ///
    /// - Throws: `StreamsError`: `.invalidTopology`, `.stateDirectoryLocked`, `.invalidState` where it was started
    ///   before, and what the cluster and the disk refuse.
    public func start() throws(StreamsError) {
        let isFirst = running.withLock { running in
            guard !running.isStarting, status.state == .created else { return false }
            running.isStarting = true
            return true
        }
        guard isFirst else {
            throw StreamsError(.invalidState, "the application is \(status.state); it can be started once")
        }
        defer { running.update { $0.isStarting = false } }
        do {
            try startThreads()
        } catch {
            throw StreamsError(error, location: .init())
        }
    }

    private func startThreads() throws {
        let admin = configuration.cluster.admin
        let reused = try InternalTopics(
            topology: topology, applicationID: configuration.applicationID, admin: admin,
            keepsTimestamps: configuration.maxFutureSkew == nil
        ).prepare()
        let disk = FileSystemDisk()
        let directory = try StateDirectory.open(
            state: configuration.stateDirectory, applicationID: configuration.applicationID, disk: disk,
            entropy: SystemEntropy())
        guard status.start(threads: configuration.threads) else {
            directory.close()
            throw StreamsError(.invalidState, "the application is \(status.state); it can be started once")
        }
        status.listen(toErrors: { [running] _ in StreamsApplication.endThreads(of: running.withLock { $0 }) })
        let globals = GlobalTables.start(
            GlobalEnvironment(
                configuration: configuration, topology: topology, stateDirectory: directory, disk: disk,
                status: status, queries: queries))
        let environment = ThreadEnvironment(
            configuration: configuration, topology: topology,
            layout: TaskLayout(topology, applicationID: configuration.applicationID), sourceChangelogs: reused,
            repartitionTopics: Set(
                topology.repartitionTopics.map { $0.reference.name(applicationID: configuration.applicationID) }),
            stateDirectory: directory, resources: configuration.storeResources, disk: disk, status: status,
            queries: queries, instances: instances, globals: globals)
        running.withLock { running in
            for index in 0..<configuration.threads {
                running.threads[index] = StreamThread(index: index, environment: environment)
            }
            running.environment = environment
            running.globals = globals
            running.directory = directory
        }
        // A thread that failed meanwhile found nobody to tell.
        if status.error != nil { StreamsApplication.endThreads(of: running.withLock { $0 }) }
    }

    private static func endThreads(of running: Running) {
        // First: stream threads may still wait for the tables.
        running.globals?.beginClose()
        for thread in running.threads.values { thread.post(.close) }
    }

    /// Commits, closes the tasks and leaves the group; waits for the threads to end. Not for listeners and operators:
    /// they run on the threads that would have to end. A `start` on another thread that is under way ends first; it
    /// throws `.invalidState` if it came too late.
    ///
    /// - Returns: false where the threads need longer than `timeout`; they go on closing.
    @discardableResult
    public func close(timeout: Duration = .seconds(60)) -> Bool {
        let deadline = ContinuousClock.now + timeout
        _ = status.beginClose()
        guard running.wait(timeout: timeout, until: { !$0.isStarting }) else { return false }
        let ending = running.withLock { $0.isAbandoned ? Running() : $0 }
        StreamsApplication.endThreads(of: ending)
        for thread in ending.threads.values {
            guard thread.join(timeout: max(.zero, deadline - ContinuousClock.now)) else { return false }
        }
        guard ending.globals?.close(timeout: max(.zero, deadline - ContinuousClock.now)) ?? true else { return false }
        let directory = running.withLock { running in
            defer { running.directory = nil }
            return running.isAbandoned ? nil : running.directory
        }
        directory?.close()
        return true
    }

    /// Stops the threads as a killed process would: nothing is committed, closed or told to the group. The state
    /// directory stays locked. For tests.
    package func abandon() {
        let (threads, globals) = running.withLock { running in
            running.isAbandoned = true
            return (running.threads, running.globals)
        }
        for thread in threads.values { thread.post(.abandon) }
        globals?.abandon()
        for thread in threads.values { _ = thread.join(timeout: .seconds(60)) }
    }

    // MARK: Queries

    /// A view of the local partitions of a store, at the last commit of each.
    ///
    ///     let counts = try application.store("counts", .keyValue(String.self, Int64.self))
    ///
    /// Not for processors: inside a running task each call throws `QueryError.insideTask`; they have their context's
    /// stores.
    ///
    /// Copies lag: those that this instance keeps warm for others, and stores that it still restores. Where an answer
    /// of some time ago is better than none, they can be asked as well (`enableStaleStores`, KIP-535);
    /// `localStoreLags` tells how far they are.
    ///
    ///     let copies = try application.store("counts", .keyValue(String.self, Int64.self), includingStale: true)
    ///
    /// - Parameters:
    ///   - name: in the topology.
    ///   - type: of the store, with its key and value types.
    ///   - includingStale: whether stores are asked that are restored, or kept warm for other instances.
    ///   - partition: the only one to ask; nil for all that are here.
    /// - Throws: `QueryError`: an unknown store, or an application that does not run. A view can be kept: each of its
    ///   calls looks again which tasks are here, and throws while one of them restores.
    public func store<View>(
        _ name: String, _ type: QueryableStoreType<View>, includingStale: Bool = false, partition: Int32? = nil
    ) throws(QueryError) -> View {
        guard topology.stores[name] != nil else {
            throw .unknownStore(name: name, known: topology.stores.keys.sorted())
        }
        let checkRunning: @Sendable () throws(QueryError) -> Void = { [status] () throws(QueryError) in
            switch status.state {
            case .running: return
            case .rebalancing where includingStale: return
            case .rebalancing: throw .restoring(store: name, tasks: [])
            case let state: throw .notRunning(state: state)
            }
        }
        try checkRunning()
        return type.makeView(
            LocalQuery(
                name: name, includesStale: includingStale, partition: partition, registry: queries,
                checkRunning: checkRunning))
    }
}
