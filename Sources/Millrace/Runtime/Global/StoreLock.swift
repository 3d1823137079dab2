/// What keeps a store's owner and the threads that query it apart. Used from any thread.
protocol StoreLock: AnyObject, Sendable {
    /// Whether the calling thread is inside `process` or `read`: it must not wait for the lock again.
    var isHeldByCurrentThread: Bool { get }
    /// For the owner of the store.
    func process<Result>(_ body: () throws -> Result) rethrows -> Result
    /// For queries.
    func read<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result
}

extension TaskLock: StoreLock {}
