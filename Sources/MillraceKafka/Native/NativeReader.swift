internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceNetwork
internal import MillraceProtocol

/// A consumer's records through our own client: whole batches, read from the sockets of the leaders by the thread that
/// polls, and left where they came to lie. What to ask is decided by `PartitionFetches`; calls that may block are made
/// by `BrokerCalls`. Owned by the consumer's thread; does I/O.
///
/// The next request to a leader goes out before the answer to the last one is looked into: broker and system work while
/// the caller does.
final class NativeReader: BatchSource {
    private struct Link {
        let connection: ClientConnection
        var pending: PendingAnswer?
    }

    private var fetches: PartitionFetches
    private let checksChecksums: Bool
    private var links: [Int32: Link] = [:]
    private var poller: Poller
    private let bell: PollerBell
    private let calls: BrokerCalls
    private var pool = BufferPool()
    private let clock = SystemClock()

    /// Of the bell; brokers have numbers of 32 bits.
    private static let bellToken = UInt64.max
    /// What the socket may take to take a request: it is small.
    private static let writeTimeout = Duration.seconds(5)

    init(_ configuration: ConsumerConfiguration, _ settings: ClusterSettings) throws(ClusterError) {
        fetches = PartitionFetches(FetchLimits(configuration, settings.native), entropy: SystemEntropy())
        checksChecksums = settings.native.checksChecksums
        do {
            poller = try Poller()
            bell = try PollerBell()
            try poller.add(bell.descriptor, .reading, token: NativeReader.bellToken)
        } catch {
            throw ClusterError(.fatal, "\(error)")
        }
        var client = settings.clientConfiguration(clientID: configuration.clientID)
        client.connectTimeout = settings.native.connectTimeout
        calls = BrokerCalls(client, bell: bell)
    }

    // MARK: What is read

    var withoutPosition: [TopicPartition] { fetches.withoutPosition }
    func assign(_ partitions: [TopicPartition]) { fetches.assign(partitions) }
    func removeAll() { fetches.assign([]) }
    func reads(_ id: TopicPartition) -> Bool { fetches[id] != nil }
    func position(of id: TopicPartition) -> Offset? { fetches[id]?.position.map { Offset($0) } }
    func seek(_ id: TopicPartition, to offset: Offset) -> Bool { fetches.seek(id, to: offset.rawValue) }
    func setPaused(_ id: TopicPartition, _ isPaused: Bool) { fetches.setPaused(id, isPaused) }

    // MARK: Waiting

    var alarm: any Wakeable { bell }

    func clearAlarm() { bell.clear() }

    func wait(until deadline: WaitDeadline) {
        guard !bell.isRaised, !links.values.contains(where: { $0.connection.holdsInput }) else { return }
        var milliseconds = deadline.millisecondsLeft
        if let next = fetches.nextStep {
            milliseconds = min(milliseconds, max(0, next.milliseconds - now.milliseconds))
        }
        let bell = bell
        poller.wait(milliseconds: Int32(clamping: milliseconds)) { token, _ in
            if token == NativeReader.bellToken { bell.quieten() }
        }
    }

    // MARK: Reading

    func fetch(into fetched: inout [FetchedBatches]) throws(ClusterError) -> Bool {
        let now = now
        takeOutcomes(now)
        for broker in Array(links.keys) { receive(from: broker, now) }
        if let failure = fetches.takeFailure() { throw failure }
        let taken = fetches.takeHeld()
        fetches.setApart(&pool)
        step(now)
        for records in taken {
            do {
                fetched.append(
                    try RecordSelection.select(from: records, checksChecksums: checksChecksums, pool: &pool))
            } catch {
                fetches.refuse(records, error)
            }
        }
        // What came with it goes first.
        if fetched.isEmpty, let failure = fetches.takeFailure() { throw failure }
        return !fetched.isEmpty
    }

    private var now: MonotonicTime { MonotonicTime(nanoseconds: clock.monotonicNanoseconds()) }

    private func takeOutcomes(_ now: MonotonicTime) {
        for outcome in calls.takeOutcomes() {
            switch outcome {
            case .leaders(let answer, let topics): fetches.learn(answer, of: topics, now: now)
            case .notConnected(let broker, let error): fetches.notConnected(broker, error, now: now)
            case .connected(let broker, let connection):
                do {
                    try poller.add(connection.descriptor, .reading, token: UInt64(UInt32(bitPattern: broker)))
                    links[broker] = Link(connection: connection)
                    fetches.connected(broker)
                } catch {
                    fetches.notConnected(broker, .unreachable("\(connection.address)", reason: "\(error)"), now: now)
                }
            }
        }
    }

    /// Takes what has come of a broker's answer.
    private func receive(from broker: Int32, _ now: MonotonicTime) {
        guard let link = links[broker] else { return }
        do throws(ClientError) {
            guard let frame = try link.connection.receive(into: &pool) else { return }
            guard let pending = link.pending else { throw .badAnswer("an answer that nobody has asked for") }
            links[broker]?.pending = nil
            let answer = try link.connection.read(FetchResponse.self, from: frame, answering: pending)
            fetches.take(answer, in: frame, from: broker, now: now)
        } catch {
            disconnect(broker)
            fetches.lost(broker, now: now)
        }
    }

    /// Does what is due, and what comes of that.
    private func step(_ now: MonotonicTime) {
        while true {
            let actions = fetches.step(now: now)
            if actions.isEmpty { return }
            for action in actions { perform(action, now) }
        }
    }

    private func perform(_ action: PartitionFetches.Action, _ now: MonotonicTime) {
        switch action {
        case .askLeaders(let topics): calls.askLeaders(of: topics)
        case .connect(let broker, let address): calls.connect(broker, to: address)
        case .disconnect(let broker): disconnect(broker)
        case .send(let request, let newest, let broker):
            guard let connection = links[broker]?.connection else { return }
            do throws(ClientError) {
                let pending = try connection.submit(
                    request, newest: newest, until: .now + NativeReader.writeTimeout)
                links[broker]?.pending = pending
            } catch {
                disconnect(broker)
                fetches.lost(broker, now: now)
            }
        }
    }

    private func disconnect(_ broker: Int32) {
        guard let link = links.removeValue(forKey: broker) else { return }
        poller.remove(link.connection.descriptor)
    }
}
