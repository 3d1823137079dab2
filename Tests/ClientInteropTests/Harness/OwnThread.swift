import Dispatch

/// Runs test bodies that wait for processes on threads of their own, so that they hold up no other test.
private final class WaitingThreads: TaskExecutor {
    static let shared = WaitingThreads()
    private let queue = DispatchQueue(label: "client interop", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Runs `body`, which may block, on a thread of its own, still as part of the test.
func onOwnThread(_ body: @Sendable () throws -> Void) async throws {
    try await withTaskExecutorPreference(WaitingThreads.shared) { try await run(body) }
}

private nonisolated(nonsending) func run(_ body: @Sendable () throws -> Void) async throws { try body() }
