internal import MillraceCore
internal import MillraceStores

/// The global tables of an instance, as everybody else sees them: stream threads wait until they are loaded and then
/// read them, any thread asks how far they are. Their own thread loads them and keeps them up to date
/// (`GlobalTablesLoop`). A handle that any thread may use; guarded by its monitors and by `lock`.
final class GlobalTables: Sendable {
    enum Phase: Hashable, Sendable {
        /// Can become: ready, ended.
        case loading
        /// Can become: ended.
        case ready
        /// Nobody updates the tables any more: closed, or failed.
        case ended
    }

    private struct Facts {
        var phase = Phase.loading
        var isClosing = false
        var snapshots: [GlobalTableSnapshot] = []
        var thread: SystemThread?
    }
    private let facts = Monitor(Facts())
    /// Filled before the tables are ready; what the stores hold is touched under `lock`.
    private let stores = Monitor<[String: any StateStore]>([:])
    let lock = GlobalLock()
    let mailbox = ThreadMailbox()

    /// Starts the thread that loads the tables; nil where the topology has none.
    static func start(_ environment: GlobalEnvironment) -> GlobalTables? {
        guard !environment.topology.globalSubtopologies.isEmpty else { return nil }
        let tables = GlobalTables()
        let thread = SystemThread.start(name: "global") {
            let loop = GlobalTablesLoop(environment: environment, tables: tables)
            loop.run()
            // A killed process closes nothing either.
            if loop.isAbandoned { _ = Unmanaged.passRetained(loop) }
        }
        tables.facts.withLock { $0.thread = thread }
        return tables
    }

    // MARK: For stream threads

    /// Waits until all tables hold what their topics had at the start. False where that will not happen: the
    /// application is closing, or loading has failed.
    func waitUntilReady() -> Bool {
        facts.wait { $0.phase != .loading || $0.isClosing }
        return facts.withLock { $0.phase == .ready && !$0.isClosing }
    }

    /// The stores by name, once the tables are ready.
    var readyStores: [String: any StateStore] { stores.withLock { $0 } }

    // MARK: For the application

    var snapshots: [GlobalTableSnapshot] { facts.withLock { $0.snapshots } }

    /// Ends the updates, and the waiting for them. The tables can still be read.
    func beginClose() {
        facts.update { $0.isClosing = true }
        mailbox.post(.close)
    }

    /// Stops the thread and leaves everything as it is. For tests.
    func abandon() {
        facts.update { $0.isClosing = true }
        mailbox.post(.abandon)
        _ = facts.withLock { $0.thread }?.join(timeout: .seconds(60))
    }

    /// Closes the stores, once nobody reads them any more. False where the thread has not ended in time.
    func close(timeout: Duration) -> Bool {
        beginClose()
        guard facts.withLock({ $0.thread })?.join(timeout: timeout) ?? true else { return false }
        let opened = stores.withLock { stores in
            defer { stores = [:] }
            return stores
        }
        lock.process { for store in opened.values { store.close() } }
        return true
    }

    // MARK: For the global thread

    func add(_ store: any StateStore, name: String) { stores.withLock { $0[name] = store } }
    func report(_ phase: Phase) { facts.update { $0.phase = phase } }
    func report(_ snapshots: [GlobalTableSnapshot]) { facts.withLock { $0.snapshots = snapshots } }
}

/// What the global thread needs. Immutable, or guarded by itself.
struct GlobalEnvironment: Sendable {
    let configuration: StreamsConfiguration
    let topology: Topology
    let stateDirectory: StateDirectory
    let disk: any Disk
    let status: ApplicationStatus
    let queries: QueryRegistry
}

extension ThreadEnvironment {
    /// Runs operators of a task: the global tables stand still meanwhile.
    func operating<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let globals else { return try body() }
        return try globals.lock.share(body)
    }
}
