internal import Glibc
internal import MillraceCore

/// A thread that calls a step, sleeps as long as the step says, and calls it again.
/// Made and stopped by its broker; the step runs on its thread.
final class MaintenanceThread: @unchecked Sendable {
    // Sendable: `lock` guards all variables. Threads: its own and the broker's owner (`stop`).
    private let lock = Lock()
    private let changed: Condition
    private var isStopping = false
    private var hasEnded = false
    private var ownThread: pthread_t = 0

    /// - Parameter step: says how long to sleep; nil ends the thread.
    init(step: @escaping @Sendable () -> Duration?) {
        changed = Condition(lock)
        let start = Start(thread: self, step: step)
        let context = unsafe Unmanaged.passRetained(start)
        var thread: pthread_t = 0
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                start.thread.run(start.step)
                return nil
            }, context.toOpaque())
        precondition(result == 0, "pthread_create: \(result)")
        pthread_detach(thread)
    }

    private final class Start {
        let thread: MaintenanceThread
        let step: @Sendable () -> Duration?

        init(thread: MaintenanceThread, step: @escaping @Sendable () -> Duration?) {
            self.thread = thread
            self.step = step
        }
    }

    private func run(_ step: @Sendable () -> Duration?) {
        lock.withLock { ownThread = pthread_self() }
        while !lock.withLock({ isStopping }), let pause = step() { waitOut(pause) }
        lock.withLock {
            hasEnded = true
            changed.broadcast()
        }
    }

    private func waitOut(_ pause: Duration) {
        let deadline = WaitDeadline(after: pause)
        lock.withLock {
            while !isStopping, changed.wait(until: deadline) {}
        }
    }

    /// Returns once the step does not run any more. Called from the step itself it only says that it is the last one.
    func stop() {
        lock.withLock {
            isStopping = true
            changed.broadcast()
            guard pthread_equal(ownThread, pthread_self()) == 0 else { return }
            while !hasEnded { changed.wait() }
        }
    }
}
