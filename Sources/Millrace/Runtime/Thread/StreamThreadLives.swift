internal import MillraceCore

/// What runs on a stream thread: one loop, and after a failure another one, with consumers and a producer of its own,
/// where the application's `uncaughtErrors` says so. Owned by the thread.
struct StreamThreadLives {
    /// How a loop has ended.
    enum End {
        /// The application stops, in order or not; the loop has reported why.
        case stopped
        /// Only this thread was to go.
        case left
        /// As if the process had been killed.
        case abandoned
        /// Failed; another one is to take its place.
        case replaced
    }

    private static let pauseMinimum = Duration.milliseconds(100)
    private static let pauseMaximum = Duration.seconds(10)
    /// A loop that ran for so long failed for a reason of its own.
    private static let soundNanoseconds: UInt64 = 60_000_000_000

    let name: String
    let index: Int
    let environment: ThreadEnvironment
    let mailbox: ThreadMailbox

    func run() {
        // Records must not meet tables that are half loaded.
        if let globals = environment.globals, !globals.waitUntilReady() {
            return environment.status.report(thread: index, .stopped)
        }
        var metrics = ThreadMetrics(name: name)
        var pause = StreamThreadLives.pauseMinimum
        while true {
            let clock = environment.configuration.clock
            let start = clock.monotonicNanoseconds()
            switch live(&metrics) {
            case .abandoned: return
            case .stopped: return environment.status.report(thread: index, .stopped)
            case .left: return environment.status.remove(thread: index)
            case .replaced: break
            }
            metrics.replacements += 1
            environment.status.report(thread: index, .rebalancing)
            if clock.monotonicNanoseconds() - start > StreamThreadLives.soundNanoseconds {
                pause = StreamThreadLives.pauseMinimum
            }
            if let last = mailbox.waitForEnd(timeout: pause) { return end(after: last) }
            pause = min(pause * 2, StreamThreadLives.pauseMaximum)
        }
    }

    private func live(_ metrics: inout ThreadMetrics) -> End {
        do {
            let loop = try StreamThreadLoop(
                name: name, index: index, environment: environment, mailbox: mailbox, metrics: metrics)
            let end = loop.run()
            metrics = loop.metrics
            // A killed process closes nothing either: keep consumers, producers and stores as they were left.
            if case .abandoned = end { _ = Unmanaged.passRetained(loop) }
            return end
        } catch {
            let error = StreamsError(error, location: .init(thread: name))
            // Without a consumer there is no group that could be told to stop.
            if environment.configuration.reaction(to: error) == .replaceThread { return .replaced }
            environment.status.fail(error)
            return .stopped
        }
    }

    private func end(after command: ThreadCommand) {
        switch command {
        case .leave: environment.status.remove(thread: index)
        case .close: environment.status.report(thread: index, .stopped)
        case .abandon, .look: break
        }
    }
}

extension StreamsConfiguration {
    /// What the application wants, save where nothing is left to choose.
    func reaction(to error: StreamsError) -> UncaughtErrorReaction {
        error.code == .applicationStopped ? .stopInstance : uncaughtErrors(error)
    }
}
