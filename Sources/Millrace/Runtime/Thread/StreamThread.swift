internal import MillraceCore

/// The handle to a stream thread. Its loop, and all that the loop owns, is made on the thread and never leaves it; the
/// handle posts commands. Used from any thread.
final class StreamThread: Sendable {
    let name: String
    private let mailbox: ThreadMailbox
    private let thread: SystemThread

    init(index: Int, environment: ThreadEnvironment) {
        let name = "stream-\(index)"
        let mailbox = ThreadMailbox()
        self.name = name
        self.mailbox = mailbox
        thread = SystemThread.start(name: name) {
            StreamThread.run(name: name, index: index, environment: environment, mailbox: mailbox)
        }
    }

    private static func run(name: String, index: Int, environment: ThreadEnvironment, mailbox: ThreadMailbox) {
        // Records must not meet tables that are half loaded.
        if let globals = environment.globals, !globals.waitUntilReady() {
            return environment.status.report(thread: index, .stopped)
        }
        do {
            let loop = try StreamThreadLoop(name: name, index: index, environment: environment, mailbox: mailbox)
            loop.run()
            // A killed process closes nothing either: keep consumers, producers and stores as they were left.
            if loop.isAbandoned { _ = Unmanaged.passRetained(loop) }
        } catch {
            environment.status.fail(StreamsError(error, location: .init(thread: name)))
            environment.status.report(thread: index, .stopped)
        }
    }

    func post(_ command: ThreadCommand) { mailbox.post(command) }

    /// Whether the thread has ended in time.
    func join(timeout: Duration) -> Bool { thread.join(timeout: timeout) }
}
