internal import MillraceCluster
internal import MillraceCore

/// What others ask of a stream thread. Where several wait, the largest decides.
enum ThreadCommand: Hashable, Comparable, Sendable {
    /// Something that the thread looks at in every round has changed.
    case look
    /// Commit, close the tasks, leave the group; the application goes on.
    case leave
    /// The same for all of the application.
    case close
    /// Stop at once and close nothing, as if the process had been killed. For tests.
    case abandon
}

/// Commands on their way to a stream thread. Any thread posts; the stream thread takes, at the top of each round.
final class ThreadMailbox: Sendable {
    private struct State {
        var commands: [ThreadCommand] = []
        var waker: ConsumerWaker?
    }
    private let state = Monitor(State())

    /// A command that waits already is not repeated.
    func post(_ command: ThreadCommand) {
        let waker = state.update { state in
            if !state.commands.contains(command) {
                state.commands.append(command)
            }
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

    /// Waits for a command that ends the thread, and takes it; nil where none comes in time.
    func waitForEnd(timeout: Duration) -> ThreadCommand? {
        _ = state.wait(timeout: timeout) { $0.commands.contains { $0 != .look } }
        return take().filter { $0 != .look }.max()
    }

    /// The consumer whose waiting poll a command ends; nil once it is closed.
    func attach(_ consumer: (any ClusterConsumer)?) {
        let waker = consumer.map { ConsumerWaker($0) }
        state.withLock { $0.waker = waker }
    }
}

/// Lets other threads wake a consumer that they do not own.
// Unchecked: `wakeUp` is the one call that a consumer allows from any thread, and the only one made here.
struct ConsumerWaker: @unchecked Sendable {
    private let consumer: any ClusterConsumer

    init(_ consumer: any ClusterConsumer) { self.consumer = consumer }

    func wakeUp() { consumer.wakeUp() }
}
