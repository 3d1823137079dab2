internal import MillraceCore
internal import MillraceStores

/// The stores that queries can reach: stream threads enter those of their tasks, any thread looks them up.
/// Guarded by its monitor.
final class QueryRegistry: Sendable {
    private let stores = Monitor<[String: [TaskID: QueryableStore]]>([:])
    private let locks = Monitor<[TaskID: any StoreLock]>([:])

    /// Enters the stores of a task that begins to restore, or to follow its owner.
    ///
    /// - Parameter copies: what is read of their changelogs, by the names of the stores. Stores that are filled under
    ///   the lock can be read before they are complete; others have none.
    func add(
        _ task: TaskID, _ added: [TaskStore], lock: any StoreLock, copies: [String: StoreCopy] = [:],
        isStandby: Bool = false
    ) {
        let made = added.map { store in
            QueryableStore(
                store.store, name: store.name, task: task, lock: lock, copy: copies[store.name], isStandby: isStandby)
        }
        locks.withLock { $0[task] = lock }
        stores.withLock { stores in
            for store in made { stores[store.name, default: [:]][task] = store }
        }
    }

    /// The task's stores are restored.
    func setReady(_ task: TaskID, lock: any StoreLock) {
        for store in all(of: task) { lock.process { store.setReady() } }
    }

    /// The task's stores are about to be closed.
    func remove(_ task: TaskID, lock: any StoreLock) {
        for store in all(of: task) { lock.process { store.remove() } }
        stores.withLock { stores in for name in stores.keys { stores[name]?[task] = nil } }
        locks.withLock { $0[task] = nil }
    }

    /// Whether the calling thread holds the lock of one of the tasks, as it does while it runs their closures. Were it
    /// to wait for the same lock, or for that of a task which waits in the same way, nobody would go on.
    var isInsideTask: Bool { locks.withLock { locks in locks.values.contains { $0.isHeldByCurrentThread } } }

    /// The stores of this name, in the order of their tasks.
    func local(_ name: String, includingStandbys: Bool = false) -> [QueryableStore] {
        stores.withLock { stores in
            (stores[name]?.values.filter { includingStandbys || !$0.isStandby } ?? []).sorted { $0.task < $1.task }
        }
    }

    /// All that have a changelog.
    var copies: [QueryableStore] {
        stores.withLock { stores in stores.values.flatMap(\.values).filter { $0.copy != nil } }
    }

    private func all(of task: TaskID) -> [QueryableStore] {
        stores.withLock { stores in stores.values.compactMap { $0[task] } }
    }
}
