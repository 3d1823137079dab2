internal import MillraceCore
internal import MillraceStores

/// The stores that queries can reach: stream threads enter those of their tasks, any thread looks them up.
/// Guarded by its monitor.
final class QueryRegistry: Sendable {
    private let stores = Monitor<[String: [TaskID: QueryableStore]]>([:])
    private let locks = Monitor<[TaskID: any StoreLock]>([:])

    /// Enters the stores of a task that begins to restore.
    func add(_ task: TaskID, _ added: [TaskStore], lock: any StoreLock) {
        let made = added.map { QueryableStore($0.store, name: $0.name, task: task, lock: lock) }
        locks.withLock { $0[task] = lock }
        stores.withLock { stores in
            for store in made { stores[store.name, default: [:]][task] = store }
        }
    }

    /// The task's stores are restored.
    func setReady(_ task: TaskID, lock: any StoreLock) {
        for store in all(of: task) { lock.process { store.isReady = true } }
    }

    /// The task's stores are about to be closed.
    func remove(_ task: TaskID, lock: any StoreLock) {
        for store in all(of: task) { lock.process { store.store = nil } }
        stores.withLock { stores in for name in stores.keys { stores[name]?[task] = nil } }
        locks.withLock { $0[task] = nil }
    }

    /// Whether the calling thread holds the lock of one of the tasks, as it does while it runs their closures. Were it
    /// to wait for the same lock, or for that of a task which waits in the same way, nobody would go on.
    var isInsideTask: Bool { locks.withLock { locks in locks.values.contains { $0.isHeldByCurrentThread } } }

    /// The stores of this name, in the order of their tasks.
    func local(_ name: String) -> [QueryableStore] {
        stores.withLock { $0[name]?.values.sorted { $0.task < $1.task } ?? [] }
    }

    private func all(of task: TaskID) -> [QueryableStore] {
        stores.withLock { stores in stores.values.compactMap { $0[task] } }
    }
}

/// One task's store, as queries see it.
// Unchecked: both variables, and all of the store, are touched under the task's lock only, by its stream thread and by
// the threads that query.
final class QueryableStore: @unchecked Sendable {
    let name: String
    let task: TaskID
    private let lock: any StoreLock
    /// Nil once the task is closed.
    fileprivate var store: (any StateStore)?
    fileprivate var isReady = false

    init(_ store: any StateStore, name: String, task: TaskID, lock: any StoreLock) {
        self.name = name
        self.store = store
        self.task = task
        self.lock = lock
    }

    /// Gives `body` the store between two slices of its task. Keep it short: the task waits.
    func read<Result>(_ body: (any StateStore) throws -> Result) throws(QueryError) -> Result {
        if lock.isHeldByCurrentThread { throw .insideTask(store: name) }
        return try lock.read { () throws(QueryError) -> Result in
            guard let store else { throw .restoring(store: name, tasks: []) }
            guard isReady else { throw .restoring(store: name, tasks: [task]) }
            do {
                return try body(store)
            } catch let error as QueryError {
                throw error
            } catch {
                throw .failed(store: name, message: "\(error)")
            }
        }
    }
}
