internal import MillraceCore

/// A thread that calls a step, pauses as long as the step says, and calls it again.
/// Made and stopped by its broker; the step runs on its thread.
final class MaintenanceThread: @unchecked Sendable {
    // Sendable: `lock` guards all variables. Threads: its own and the broker's owner (`stop`).
    private let lock = Lock()
    private let changed: Condition
    private var isStopping = false
    private var hasEnded = false

    /// - Parameter step: says how long to pause; nil ends the thread.
    init(step: @escaping @Sendable () -> Duration?) {
        changed = Condition(lock)
        _ = SystemThread.start(name: "millrace-broker") { self.run(step) }
    }

    private func run(_ step: @Sendable () -> Duration?) {
        while let time = step(), pause(for: time) {}
        lock.withLock {
            hasEnded = true
            changed.broadcast()
        }
    }

    /// False where the thread is to end.
    private func pause(for time: Duration) -> Bool {
        let deadline = WaitDeadline(after: time)
        return lock.withLock {
            while !isStopping, changed.wait(until: deadline) {}
            return !isStopping
        }
    }

    /// Returns once the step does not run any more.
    func stop() {
        lock.withLock {
            isStopping = true
            changed.broadcast()
            while !hasEnded { changed.wait() }
        }
    }

    /// Ends the thread without waiting for it: for the end of the broker itself, which may come in a step.
    func abandon() {
        lock.withLock {
            isStopping = true
            changed.broadcast()
        }
    }
}
