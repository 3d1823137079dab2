internal import MillraceCore
internal import MillraceStores
internal import Synchronization

/// One task's store, as queries see it.
// Unchecked: both variables, and all of the store, are touched under the task's lock only, by the thread that owns the
// store at the time and by the threads that query.
final class QueryableStore: @unchecked Sendable {
    let name: String
    let task: TaskID
    /// What of its changelog it holds; nil where it has none.
    let copy: StoreCopy?
    /// Whether another instance runs the task.
    let isStandby: Bool
    private let lock: any StoreLock
    /// Nil once the task is closed.
    private var store: (any StateStore)?
    private var isReady = false

    init(
        _ store: any StateStore, name: String, task: TaskID, lock: any StoreLock, copy: StoreCopy?, isStandby: Bool
    ) {
        self.name = name
        self.store = store
        self.task = task
        self.lock = lock
        self.copy = copy
        self.isStandby = isStandby
    }

    /// For the owner, under the lock.
    func setReady() {
        isReady = true
        copy?.setComplete()
    }

    /// For the owner, under the lock.
    func remove() { store = nil }

    /// Gives `body` the store between two slices of its task. Keep it short: the task waits.
    ///
    /// - Parameter includingStale: whether a store will do that is restored or follows its owner.
    func read<Result>(
        includingStale: Bool = false, _ body: (any StateStore) throws -> Result
    ) throws(QueryError) -> Result {
        if lock.isHeldByCurrentThread { throw .insideTask(store: name) }
        return try lock.read { () throws(QueryError) -> Result in
            guard let store else { throw .restoring(store: name, tasks: []) }
            guard isReady || includingStale && copy != nil else { throw .restoring(store: name, tasks: [task]) }
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

/// What a store holds of its changelog: the thread that reads the changelog says it, any thread asks.
final class StoreCopy: Sendable {
    let changelog: TopicPartition
    /// The changelog is a table's own topic, of which the store holds what is committed.
    let isSource: Bool
    private let offset: Atomic<Int64>

    init(_ changelog: TopicPartition, isSource: Bool, position: Offset) {
        self.changelog = changelog
        self.isSource = isSource
        offset = Atomic(position.rawValue)
    }

    /// Everything before it is in the store; nil for a store that its task writes, which has all there is.
    var position: Offset? {
        let value = offset.load(ordering: .relaxed)
        return value < 0 ? nil : Offset(value)
    }

    func setPosition(_ position: Offset) { offset.store(position.rawValue, ordering: .relaxed) }
    func setComplete() { offset.store(-1, ordering: .relaxed) }
}
