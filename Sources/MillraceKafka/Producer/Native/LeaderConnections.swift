internal import MillraceBroker
internal import MillraceClient
internal import MillraceCore
internal import MillraceProtocol

/// The producer's connections: one to each leader, for batches, and those of a `ClusterClient` for everything that is
/// asked for one at a time. Does I/O on the producer's thread; connecting and writing wait.
final class LeaderConnections: ProducerWire {
    private struct Link {
        let connection: ClientConnection
        let address: BrokerAddress
        /// In the order in which they were sent, which is that of the answers.
        var pending: [(number: Int, answer: PendingAnswer)] = []
    }

    private let configuration: ClientConfiguration
    private let client: ClusterClient
    private let clock = SystemClock()
    private let entropy = SystemEntropy()
    private let writeTimeout: Duration
    private var links: [Int32: Link] = [:]
    private var frames = BufferPool(limit: 8)

    /// - Parameter writeTimeout: how long a leader may not read.
    init(_ configuration: ClientConfiguration, writeTimeout: Duration) {
        self.configuration = configuration
        self.writeTimeout = writeTimeout
        client = ClusterClient(configuration)
    }

    var now: MonotonicTime { MonotonicTime(nanoseconds: clock.monotonicNanoseconds()) }
    func random() -> UInt64 { entropy.next() }

    // MARK: Leaders

    func submit(
        _ request: ProduceRequest, records: [SharedBuffer], number: Int, to broker: Int32, at address: BrokerAddress,
        newest: Int16
    ) throws(ClientError) {
        do throws(ClientError) {
            let deadline = ContinuousClock.now + writeTimeout
            let connection = try self.connection(to: broker, at: address, until: deadline)
            let answer = try connection.submit(request, newest: newest, records: records, until: deadline)
            links[broker]?.pending.append((number, answer))
        } catch {
            links[broker] = nil
            throw error
        }
    }

    private func connection(
        to broker: Int32, at address: BrokerAddress, until deadline: ContinuousClock.Instant
    ) throws(ClientError) -> ClientConnection {
        // A broker that has moved gets a new one, once nothing is under way to where it was.
        if let link = links[broker], link.address == address || !link.pending.isEmpty { return link.connection }
        let connection = try ClientConnection(address, configuration, until: deadline)
        links[broker] = Link(connection: connection, address: address)
        return connection
    }

    func takeEvents() -> [ProduceEvent] {
        var events: [ProduceEvent] = []
        for broker in links.keys where !(links[broker]?.pending.isEmpty ?? true) {
            do throws(ClientError) {
                try takeAnswers(of: broker, into: &events)
            } catch {
                links[broker] = nil
                events.append(.lost(broker, error))
            }
        }
        return events
    }

    private func takeAnswers(of broker: Int32, into events: inout [ProduceEvent]) throws(ClientError) {
        while let link = links[broker], let next = link.pending.first,
            let frame = try link.connection.receive(into: &frames)
        {
            links[broker]?.pending.removeFirst()
            events.append(
                .answered(
                    next.number, try link.connection.read(ProduceResponse.self, from: frame, answering: next.answer)))
        }
    }

    func wait(until time: MonotonicTime) {
        let left = max(0, time.milliseconds - now.milliseconds)
        ClientConnection.awaitInput(
            of: links.values.filter { !$0.pending.isEmpty }.map(\.connection), timeout: .milliseconds(left))
    }

    func disconnect(_ broker: Int32) { links[broker] = nil }

    func disconnectAll() {
        links = [:]
        client.disconnect()
    }

    // MARK: Others

    func ask<Request: WireRequest>(
        _ request: Request, of destination: ClusterClient.Destination, newest: Int16?, timeout: Duration,
        check: (Request.Response) throws(ClientError) -> Void
    ) throws(ClientError) -> Request.Response {
        try client.ask(request, of: destination, newest: newest, timeout: timeout, check: check)
    }

    func refresh(
        _ leaders: inout PartitionLeaders, of topics: Set<String>, timeout: Duration
    ) throws(ClientError) {
        try client.refresh(&leaders, of: topics, timeout: timeout)
    }

    /// The feature that the cluster has agreed on (KIP-584). Its requests are looked for as well: versions of Kafka
    /// before 4.0 was released agree on it without having them.
    func transactionVersion(
        of transactionalID: String, timeout: Duration
    ) throws(ClientError) -> TransactionVersion {
        let coordinator = ClusterClient.Destination.transactionCoordinator(transactionalID)
        let features = try client.features(at: coordinator, timeout: timeout)
        guard features["transaction.version"] ?? 0 >= TransactionVersion.v2.rawValue else { return .v1 }
        let produce = try client.version(of: ProduceRequest.self, at: coordinator)
        let offsets = try client.version(
            of: MillraceProtocol.TransactionalOffsetCommitRequest.self, at: coordinator)
        let end = try client.version(of: EndTransactionRequest.self, at: coordinator)
        return produce >= 12 && offsets >= 5 && end >= 5 ? .v2 : .v1
    }
}
