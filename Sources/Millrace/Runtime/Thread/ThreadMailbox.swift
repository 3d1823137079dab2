internal import MillraceCluster
internal import MillraceCore

/// What others ask of a stream thread.
enum ThreadCommand: Hashable, Sendable {
    /// Commit, close the tasks, leave the group.
    case close
    /// Stop at once and close nothing, as if the process had been killed. For tests.
    case abandon
}

/// Commands on their way to a stream thread. Any thread posts; the stream thread takes, at the top of each round.
final class ThreadMailbox: Sendable {
    private static let capacity = 16

    private struct State {
        var commands: [ThreadCommand] = []
        var waker: ConsumerWaker?
    }
    private let state = Monitor(State())

    /// Commands beyond the mailbox's capacity are dropped: they can only repeat what is in it.
    func post(_ command: ThreadCommand) {
        let waker = state.withLock { state in
            if state.commands.count < ThreadMailbox.capacity { state.commands.append(command) }
            return state.waker
        }
        waker?.wakeUp()
    }

    func take() -> [ThreadCommand] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// The consumer whose waiting poll a command ends; nil once it is closed.
    func attach(_ consumer: (any ClusterConsumer)?) {
        let waker = consumer.map { ConsumerWaker($0) }
        state.withLock { $0.waker = waker }
    }
}

/// Lets other threads wake a consumer that they do not own.
// Unchecked: `wakeUp` is the one call that a consumer allows from any thread, and the only one made here.
private struct ConsumerWaker: @unchecked Sendable {
    private let consumer: any ClusterConsumer

    init(_ consumer: any ClusterConsumer) { self.consumer = consumer }

    func wakeUp() { consumer.wakeUp() }
}
