internal import MillraceCore

/// Threads for requests that wait for the disk. Any thread gives work; it is begun in order. The queue needs no limit
/// of its own: a connection has at most one request in it.
final class WorkerPool: Sendable {
    private struct State {
        var work: [@Sendable () -> Void] = []
        var isStopping = false
    }

    private let state = Monitor(State())
    private let threads: [SystemThread]

    init(threadCount: Int) {
        precondition(threadCount > 0, "\(threadCount) worker threads")
        let state = state
        threads = (0..<threadCount).map { number in
            SystemThread.start(name: "server-work-\(number)") { Self.run(state) }
        }
    }

    func submit(_ work: @escaping @Sendable () -> Void) {
        state.update { $0.work.append(work) }
    }

    /// Ends the threads once they have done what was given before.
    func stop() {
        state.update { $0.isStopping = true }
        for thread in threads { thread.join() }
    }

    private static func run(_ state: Monitor<State>) {
        while true {
            state.wait { !$0.work.isEmpty || $0.isStopping }
            let (work, isOver) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                guard !state.work.isEmpty else { return (nil, state.isStopping) }
                return (state.work.removeFirst(), false)
            }
            work?()
            if isOver { return }
        }
    }
}
