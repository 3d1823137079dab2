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
        let core: Int? =
            switch environment.configuration.threadPlacement {
            case .anyCore: nil
            case .oneCoreEach: index
            }
        thread = SystemThread.start(name: name, core: core) {
            StreamThreadLives(name: name, index: index, environment: environment, mailbox: mailbox).run()
        }
    }

    func post(_ command: ThreadCommand) { mailbox.post(command) }

    /// Whether the thread has ended in time.
    func join(timeout: Duration) -> Bool { thread.join(timeout: timeout) }
}
