internal import MillraceCore
internal import MillraceNetwork
internal import Synchronization

/// What other threads have for a loop. Any thread posts; the loop's thread takes out. Posting never blocks for longer
/// than an array takes to grow; what is posted is bounded by what is open: a handful for each connection.
final class LoopMailbox: Sendable {
    private let commands = Monitor<[LoopCommand]>([])
    private let alarm: PollerAlarm
    /// The loop's thread has been woken, or will look before it sleeps.
    private let isAwake = Atomic<Bool>(false)
    /// The loop's thread, once it runs.
    private let thread = Atomic<UInt>(0)

    init() throws(SocketError) { alarm = try PollerAlarm() }

    /// For the loop's poller.
    var alarmDescriptor: Int32 { alarm.descriptor }

    func post(_ command: LoopCommand) {
        commands.withLock { $0.append(command) }
        // The loop's own thread looks before it sleeps, whatever the flag says.
        if thread.load(ordering: .relaxed) == SystemThread.currentIdentifier { return }
        if !isAwake.exchange(true, ordering: .acquiringAndReleasing) { alarm.raise() }
    }

    /// Called by the loop's thread, first.
    func bindToCurrentThread() { thread.store(SystemThread.currentIdentifier, ordering: .relaxed) }

    /// Takes out what has been posted, oldest first; an empty array goes in for it. What is posted after this wakes
    /// the poller again.
    func takeAll(into taken: inout [LoopCommand]) {
        if isAwake.exchange(false, ordering: .acquiringAndReleasing) { alarm.clear() }
        commands.withLock { swap(&$0, &taken) }
    }

    var isEmpty: Bool { commands.withLock { $0.isEmpty } }
}

/// What other threads ask of a loop.
enum LoopCommand: Sendable {
    /// A connection was accepted: it lives here from now on.
    case adopt(AcceptedConnection)
    case answer(connection: UInt64, sequence: UInt64, AnswerOutcome)
    /// Something has changed in a partition that parked fetches wait for.
    case partitionChanged(PartitionWatch)
    /// Accept no more, answer what has begun, close what is at rest.
    case drain
    /// Close everything and end.
    case stop
}
