internal import MillraceBroker
internal import MillraceCore

/// Drives a `GroupMember` against the coordinator in this process: sends its requests, brings it the answers, keeps
/// its events until the consumer's caller takes them. Owned by the consumer's thread; answers that other members'
/// requests set free arrive in the inbox from their threads and raise the consumer's signal.
final class EmbeddedMembership: GroupMembership {
    private var member: GroupMember
    private let groupID: String
    private let broker: Broker
    private let inbox: GroupInbox
    private let signal: any Wakeable
    private let bell: MembershipBell
    /// Rings that have led to a heartbeat.
    private var heardRings: UInt64 = 0
    /// The member's own ids of requests that are not answered yet.
    private var requests: [ReplyToken: UInt64] = [:]
    private var events: [GroupEvent] = []
    private var failure: ClusterError?

    init(_ member: GroupMember, broker: Broker, signal: any Wakeable) {
        self.member = member
        groupID = member.groupID
        self.broker = broker
        self.signal = signal
        inbox = GroupInbox(signal: signal)
        bell = broker.membershipBell(of: groupID)
        bell.add(signal)
    }

    deinit { bell.remove(signal) }

    var groupMetadata: GroupMetadata? { member.metadata }

    /// Does what is due and returns the next event.
    func step() throws(ClusterError) -> GroupEvent? {
        if events.isEmpty {
            run(member.step(now: now))
            receiveAnswers()
            hearBell()
        }
        if !events.isEmpty { return events.removeFirst() }
        if let failure { throw failure }
        return nil
    }

    func completeRevocation() {
        run(member.completeRevocation(now: now))
    }

    func rejoin() { run(member.rejoin(now: now)) }

    func commitRefused(_ code: KafkaErrorCode) { run(member.commitRefused(code, now: now)) }

    func leave(forGood: Bool) { run(member.leave(forGood: forGood, now: now)) }

    func abandon() {}

    /// The earlier of `deadline` and the next moment at which `step` has something to do.
    func earlier(of deadline: WaitDeadline) -> WaitDeadline {
        guard let next = member.nextDeadline else { return deadline }
        let pause = max(0, next.milliseconds - now.milliseconds)
        return min(deadline, WaitDeadline(after: .milliseconds(pause)))
    }

    private var now: MonotonicTime { MonotonicTime(nanoseconds: broker.clock.monotonicNanoseconds()) }

    /// Somebody has come or gone: the next heartbeat would tell, but it may be seconds away. A ring that finds this
    /// member outside a generation is kept until it is in one.
    private func hearBell() {
        let rings = bell.rings
        guard rings != heardRings, member.metadata != nil else { return }
        heardRings = rings
        run(member.heartbeatNow(now: now))
        receiveAnswers()
    }

    /// Answers may lead to requests that are answered at once.
    private func receiveAnswers() {
        while true {
            let replies = inbox.takeAll()
            if replies.isEmpty { return }
            for reply in replies {
                guard let id = requests.removeValue(forKey: reply.token) else { continue }
                run(member.receive(reply.response, for: id, now: now))
            }
        }
    }

    private func run(_ actions: [GroupMemberAction]) {
        for action in actions {
            switch action {
            case .send(let id, let request):
                do {
                    requests[try broker.submit(request, group: groupID, to: inbox)] = id
                } catch {
                    failure = failure ?? ClusterError(error)
                }
            case .deliver(let event):
                events.append(event)
            case .countPartitions(let topics):
                run(member.providePartitionCounts(partitionCounts(of: topics), now: now))
            case .fail(let error):
                failure = failure ?? error
            }
        }
    }

    private func partitionCounts(of topics: [String]) -> [String: Int32] {
        var counts: [String: Int32] = [:]
        for topic in topics {
            if let definition = try? broker.describeTopic(topic) { counts[topic] = definition.partitionCount }
        }
        return counts
    }
}
