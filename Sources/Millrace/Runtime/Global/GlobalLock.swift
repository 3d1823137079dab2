internal import MillraceCore
internal import Synchronization

/// Who may touch an instance's global tables: tasks, all at a time, each for a slice of records; the global thread, or
/// a query, alone. Whoever wants them alone goes first, so that busy tasks keep nobody out; tasks come next, once those
/// that waited have had their turn. Used from any thread; costs a task two uncontended lock operations a slice, and
/// nothing a record (decision 0009).
///
/// A task takes it inside its own lock, never the other way round, and never twice.
final class GlobalLock: StoreLock {
    private struct State {
        var tasks = 0
        var isHeldAlone = false
        var waiting = 0
    }
    private let state = Monitor(State())
    /// The thread that holds the lock alone, 0 while none does.
    private let holder = Atomic<UInt>(0)

    var isHeldByCurrentThread: Bool { holder.load(ordering: .relaxed) == SystemThread.currentIdentifier }

    /// For a task's thread: the tables stand still meanwhile, and may be read through a `KeyValueReader`.
    func share<Result>(_ body: () throws -> Result) rethrows -> Result {
        var mayEnter = state.withLock { state in GlobalLock.taskEnters(&state) }
        while !mayEnter {
            state.wait { !$0.isHeldAlone && $0.waiting == 0 }
            mayEnter = state.withLock { state in GlobalLock.taskEnters(&state) }
        }
        defer {
            let isAwaited = state.withLock { state in
                state.tasks -= 1
                return state.tasks == 0 && state.waiting > 0
            }
            if isAwaited { state.update { _ in } }
        }
        return try body()
    }

    /// For the global thread.
    func process<Result>(_ body: () throws -> Result) rethrows -> Result {
        enter()
        defer { leave() }
        return try body()
    }

    /// For queries. What they do to a store, tasks must not see half done.
    func read<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        enter()
        defer { leave() }
        return try body()
    }

    private func enter() {
        state.withLock { $0.waiting += 1 }
        var mayEnter = state.withLock { state in GlobalLock.entersAlone(&state) }
        while !mayEnter {
            state.wait { !$0.isHeldAlone && $0.tasks == 0 }
            mayEnter = state.withLock { state in GlobalLock.entersAlone(&state) }
        }
        holder.store(SystemThread.currentIdentifier, ordering: .relaxed)
    }

    private func leave() {
        holder.store(0, ordering: .relaxed)
        state.update { $0.isHeldAlone = false }
    }

    private static func taskEnters(_ state: inout State) -> Bool {
        guard !state.isHeldAlone, state.waiting == 0 else { return false }
        state.tasks += 1
        return true
    }

    private static func entersAlone(_ state: inout State) -> Bool {
        guard !state.isHeldAlone, state.tasks == 0 else { return false }
        state.isHeldAlone = true
        state.waiting -= 1
        return true
    }
}
