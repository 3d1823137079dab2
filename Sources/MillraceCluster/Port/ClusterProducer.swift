public import MillraceCore

/// How a producer writes.
public struct ProducerConfiguration: Sendable {
    /// Nil for an idempotent producer without transactions.
    public var transactionalID: String?
    /// What the producer calls itself (`client.id`).
    public var clientID: String
    /// A transaction open longer than this is aborted by the coordinator.
    public var transactionTimeout: Duration

    /// Kafka's defaults where nothing is said.
    public init(
        transactionalID: String?, clientID: String, transactionTimeout: Duration = .seconds(60)
    ) {
        self.transactionalID = transactionalID
        self.clientID = clientID
        self.transactionTimeout = transactionTimeout
    }
}

/// A producer, owned by one thread. It is idempotent always; with a transactional id everything it sends belongs to
/// a transaction.
public protocol ClusterProducer: AnyObject {
    /// Gets a producer id and epoch, fences older producers of the same transactional id, and waits until what they
    /// left open has been aborted. Once, before the first `begin`.
    func initializeTransactions() throws(ClusterError)
    /// What is sent from now on belongs to one transaction.
    func beginTransaction() throws(ClusterError)

    /// Seals and sends the builder's records as one batch. The builder can be reset as soon as this returns.
    /// An error may come now or, with a broker that answers later, from `flush` or `commitTransaction`.
    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws(ClusterError)

    /// Waits until everything sent has been acknowledged.
    func flush() throws(ClusterError)
    /// The offset after the last acknowledged record this producer sent to `partition`; nil if it sent none.
    func endOffset(of partition: TopicPartition) -> Offset?

    /// Does what is due without waiting for it: takes answers, sends what may go out by now, and again what a broker
    /// has not taken. For an owner that has nothing to send for a while; a producer with a thread of its own, or
    /// nothing under way, has nothing to do.
    ///
    /// - Returns: when to call again although nothing is sent: after so long at most; nil where there is no need.
    func advance() throws(ClusterError) -> Duration?

    /// Makes the group's positions part of the transaction, fenced by the group's generation (KIP-447).
    func sendOffsets(_ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata) throws(ClusterError)
    /// Returns once the outcome is durable, as the broker's durability setting defines it.
    func commitTransaction() throws(ClusterError)
    /// Ends the transaction; readers of committed records see nothing of it.
    func abortTransaction() throws(ClusterError)
    /// Gives back what the producer holds; an open transaction ends by its time-out.
    func close()
}

extension ClusterProducer {
    /// Nothing, for producers that do not leave anything undone.
    public func advance() throws(ClusterError) -> Duration? { nil }
}
