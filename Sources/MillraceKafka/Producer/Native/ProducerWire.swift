internal import MillraceBroker
internal import MillraceClient
internal import MillraceCore
internal import MillraceProtocol

/// The way of `NativeProducer` to the brokers, and its clock and dice: connections to leaders with several requests
/// under way, and one answer after another from everybody else. Used by the producer's thread. `LeaderConnections` is
/// the real one; tests have one that loses things.
protocol ProducerWire: AnyObject {
    var now: MonotonicTime { get }
    func random() -> UInt64

    /// Sends batches to a leader; the answer comes by `takeEvents`. What is thrown has ended the connection.
    ///
    /// - Parameter newest: no version above this.
    func submit(
        _ request: ProduceRequest, records: [SharedBuffer], number: Int, to broker: Int32, at address: BrokerAddress,
        newest: Int16
    ) throws(ClientError)
    /// What has come, without waiting.
    func takeEvents() -> [ProduceEvent]
    /// Waits until something has come, until then at most.
    func wait(until: MonotonicTime)
    /// Ends the connection to a leader; what is under way there is not answered any more.
    func disconnect(_ broker: Int32)
    func disconnectAll()

    /// As `ClusterClient.ask`.
    func ask<Request: WireRequest>(
        _ request: Request, of destination: ClusterClient.Destination, newest: Int16?, timeout: Duration,
        check: (Request.Response) throws(ClientError) -> Void
    ) throws(ClientError) -> Request.Response
    /// Asks for the leaders of topics, once.
    func refresh(
        _ leaders: inout PartitionLeaders, of topics: Set<String>, timeout: Duration
    ) throws(ClientError)
    /// Which version of transactions the coordinator speaks.
    func transactionVersion(of transactionalID: String, timeout: Duration) throws(ClientError) -> TransactionVersion
}

enum ProduceEvent {
    /// By the number of its order.
    case answered(Int, ProduceResponse)
    /// The connection to a broker has ended, with all that was under way there.
    case lost(Int32, ClientError)
}
