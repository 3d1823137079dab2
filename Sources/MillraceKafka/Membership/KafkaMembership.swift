internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import Synchronization

/// Drives a `GroupMember` over the wire on a thread of its own, so that heartbeats go on while the consumer's caller
/// processes, and joins may wait without holding it up. The caller's thread takes events and gives commands; what both
/// touch is under one lock, which is never held while a request is under way.
///
/// What fences the caller's commits is the generation whose assignment it has *taken*, not the newest one: the thread
/// may have lost and won partitions before the caller hears of it, and commits of the old ones must be refused.
///
/// A caller that does not poll for as long as a rebalance may take has hung: its heartbeats end, and with the session
/// its partitions go to others (Kafka's `max.poll.interval.ms`).
final class KafkaMembership: GroupMembership, Sendable {
    private struct State {
        var member: GroupMember
        /// What the thread is to do.
        var tasks: [GroupMemberAction] = []
        /// What the caller has not taken, each with the seat in the group at that time.
        var events: [(event: GroupEvent, seat: GroupMetadata?)] = []
        var failure: ClusterError?
        /// The seat whose assignment the caller has taken.
        var takenSeat: GroupMetadata?
        var isClosed = false
    }

    private let state: Monitor<State>
    /// Raised for events and failures.
    private let signal: any Wakeable
    private let lastPoll = Atomic<UInt64>(0)
    private let silenceMaximum: UInt64
    private let settings: ClusterSettings
    private let configuration: ConsumerConfiguration

    private static let retryPause = Duration.milliseconds(100)

    /// The thread begins at once.
    init(_ member: GroupMember, _ settings: ClusterSettings, signal: any Wakeable) {
        configuration = member.configuration
        silenceMaximum = member.configuration.rebalanceTimeout.wholeNanoseconds
        state = Monitor(State(member: member))
        self.settings = settings
        self.signal = signal
        lastPoll.store(nanoseconds, ordering: .relaxed)
        _ = SystemThread.start(name: "kafka-group") { self.run() }
    }

    // MARK: For the caller's thread

    /// The seat that fences commits; nil while the caller holds no assignment.
    var groupMetadata: GroupMetadata? { state.withLock { $0.takenSeat } }

    /// The next event.
    func step() throws(ClusterError) -> GroupEvent? {
        lastPoll.store(nanoseconds, ordering: .relaxed)
        return try state.withLock { state throws(ClusterError) in
            guard !state.events.isEmpty else {
                if let failure = state.failure { throw failure }
                return nil
            }
            let (event, seat) = state.events.removeFirst()
            switch event {
            case .assigned: state.takenSeat = seat
            case .lost: state.takenSeat = nil
            case .revoking: break
            }
            return event
        }
    }

    func completeRevocation() {
        command { member, now in member.completeRevocation(now: now) }
        state.withLock { $0.takenSeat = nil }
    }

    func rejoin() { command { member, now in member.rejoin(now: now) } }

    /// A refusal of an older generation's commit says nothing of this one.
    func commitRefused(_ code: KafkaErrorCode) {
        state.update { state in
            guard state.member.metadata == state.takenSeat else { return }
            take(state.member.commitRefused(code, now: now), into: &state)
        }
    }

    /// Ends the thread, and tells the group where it is to be told. The thread may be waiting for a join; the
    /// coordinator answers it when the member has left.
    func leave(forGood: Bool) {
        let requests = state.update { state in
            state.isClosed = true
            state.takenSeat = nil
            state.tasks = []
            return state.member.leave(forGood: forGood, now: now)
        }
        let calls = makeCalls()
        for case .send(_, let request) in requests { _ = try? calls.answer(request) }
    }

    private func command(_ body: (inout GroupMember, MonotonicTime) -> [GroupMemberAction]) {
        state.update { state in take(body(&state.member, now), into: &state) }
    }

    // MARK: The thread

    private func run() {
        let calls = makeCalls()
        while let tasks = nextTasks() {
            for task in tasks { perform(task, calls) }
        }
    }

    /// Waits for something to do; nil at the end.
    private func nextTasks() -> [GroupMemberAction]? {
        while true {
            let isSilent = nanoseconds > lastPoll.load(ordering: .relaxed) + silenceMaximum
            let (tasks, isClosed, deadline) = state.withLock { state in
                if state.tasks.isEmpty, !isSilent, !state.isClosed {
                    take(state.member.step(now: now), into: &state)
                }
                defer { state.tasks = [] }
                return (state.tasks, state.isClosed, state.member.nextDeadline)
            }
            if isClosed { return nil }
            if !tasks.isEmpty { return tasks }
            var pause = configuration.heartbeatInterval
            if let deadline, !isSilent {
                pause = min(pause, .milliseconds(max(1, deadline.milliseconds - now.milliseconds)))
            }
            _ = state.wait(timeout: pause) { !$0.tasks.isEmpty || $0.isClosed }
        }
    }

    private func perform(_ task: GroupMemberAction, _ calls: GroupCalls) {
        switch task {
        case .send(let id, let request):
            do {
                guard let answer = try calls.answer(request) else { return }
                command { member, now in member.receive(answer, for: id, now: now) }
            } catch {
                fail(error)
            }
        case .countPartitions(let topics):
            while !state.withLock({ $0.isClosed }) {
                do throws(ClientError) {
                    let counts = try calls.partitionCounts(of: topics)
                    return command { member, now in member.providePartitionCounts(counts, now: now) }
                } catch {
                    guard error.isPassing else { return fail(ClusterError(error)) }
                    _ = state.wait(timeout: KafkaMembership.retryPause) { $0.isClosed }
                }
            }
        case .deliver, .fail: break
        }
    }

    /// Requests are for the thread, events for the caller. Under the lock.
    private func take(_ actions: [GroupMemberAction], into state: inout State) {
        for action in actions {
            switch action {
            case .send, .countPartitions: state.tasks.append(action)
            case .deliver(let event):
                state.events.append((event, state.member.metadata))
                signal.raise()
            case .fail(let error):
                state.failure = state.failure ?? error
                signal.raise()
            }
        }
    }

    private func fail(_ error: ClusterError) {
        state.update { state in
            state.failure = state.failure ?? error
            state.isClosed = true
        }
        signal.raise()
    }

    private func makeCalls() -> GroupCalls {
        GroupCalls(
            client: ClusterClient(settings.clientConfiguration(clientID: configuration.clientID)),
            groupID: configuration.groupID ?? "", sessionTimeout: configuration.sessionTimeout,
            rebalanceTimeout: configuration.rebalanceTimeout)
    }

    /// The thread has its own deadlines.
    func earlier(of deadline: WaitDeadline) -> WaitDeadline { deadline }

    /// Ends the thread without a word to the group, for a consumer that was not closed.
    func abandon() { state.update { $0.isClosed = true } }

    private var nanoseconds: UInt64 { SystemClock().monotonicNanoseconds() }
    private var now: MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }
}

extension ClientError {
    fileprivate var isPassing: Bool {
        switch self {
        case .authentication, .unsupported: false
        case .unreachable, .timedOut, .refused, .badAnswer: true
        }
    }
}
