internal import MillraceCore
internal import Synchronization

/// Who may touch a task's stores: its stream thread, while it processes a slice, or a query, between slices. Readers
/// that wait go first, so that a busy task does not starve them; but after a few of them in a row the task goes on.
/// Used from any thread; costs two uncontended lock operations a slice.
final class TaskLock: Sendable {
    /// Readers let in while the task waits, before it is its turn.
    private static let readersInARow = 8

    private struct State {
        var isHeld = false
        var waitingReaders = 0
        var isOwnerWaiting = false
        var readersSinceOwner = 0
    }
    private let state = Monitor(State())
    /// The thread that holds the lock, 0 while none does. Each thread looks for its own number only, which nobody else
    /// writes, so that no order is needed.
    private let holder = Atomic<UInt>(0)

    /// Whether the calling thread is inside `process` or `read`, or between `enter` and `leave`: it must not wait for
    /// the lock again.
    var isHeldByCurrentThread: Bool { holder.load(ordering: .relaxed) == SystemThread.currentIdentifier }

    /// For the task's stream thread.
    func process<Result>(_ body: () throws -> Result) rethrows -> Result {
        enter()
        defer { leave() }
        return try body()
    }

    /// For the task's stream thread where it holds the locks of several tasks; `leave` ends it.
    func enter() {
        var mayEnter = state.withLock { state in TaskLock.ownerEnters(&state) }
        while !mayEnter {
            state.wait { TaskLock.isOwnersTurn($0) }
            mayEnter = state.withLock { state in TaskLock.ownerEnters(&state) }
        }
        holder.store(SystemThread.currentIdentifier, ordering: .relaxed)
    }

    /// For queries.
    func read<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        var mayEnter = state.withLock { state in
            state.waitingReaders += 1
            return TaskLock.readerEnters(&state)
        }
        while !mayEnter {
            state.wait { TaskLock.isReadersTurn($0) }
            mayEnter = state.withLock { state in TaskLock.readerEnters(&state) }
        }
        holder.store(SystemThread.currentIdentifier, ordering: .relaxed)
        defer { leave() }
        return try body()
    }

    /// Ends `enter`.
    func leave() {
        holder.store(0, ordering: .relaxed)
        let hasWaiters = state.withLock { state in
            state.isHeld = false
            return state.waitingReaders > 0 || state.isOwnerWaiting
        }
        if hasWaiters { state.update { _ in } }
    }

    private static func isOwnersTurn(_ state: State) -> Bool {
        !state.isHeld && (state.waitingReaders == 0 || state.readersSinceOwner >= readersInARow)
    }

    private static func isReadersTurn(_ state: State) -> Bool {
        !state.isHeld && !(state.isOwnerWaiting && state.readersSinceOwner >= readersInARow)
    }

    private static func ownerEnters(_ state: inout State) -> Bool {
        guard isOwnersTurn(state) else {
            state.isOwnerWaiting = true
            return false
        }
        state.isHeld = true
        state.isOwnerWaiting = false
        state.readersSinceOwner = 0
        return true
    }

    private static func readerEnters(_ state: inout State) -> Bool {
        guard isReadersTurn(state) else { return false }
        state.isHeld = true
        state.waitingReaders -= 1
        state.readersSinceOwner += 1
        return true
    }
}
