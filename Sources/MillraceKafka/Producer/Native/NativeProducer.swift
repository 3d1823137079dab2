internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// A producer that sends batches whole, as the builder sealed them, without a thread of its own: everything happens in
/// its owner's calls. `ProduceQueue` and `TransactionState` decide, this does it: brings them the time, what has come,
/// and sends what they say. Owned by one thread; does I/O through `ProducerWire`. The rest: `+Sending`,
/// `+Transactions`. See docs/internals/kafka-engine.md.
final class NativeProducer: ClusterProducer {
    let configuration: ProducerConfiguration
    let settings: ProducerSettings
    let wire: any ProducerWire
    var queue: ProduceQueue
    var transaction = TransactionState()
    var leaders = PartitionLeaders()
    /// Something of the aborted transaction may still come to a broker, or its sequences are used up: the next one
    /// needs a new epoch, which it does not get by itself (version 1).
    var needsEpoch = false
    private var buffers = BufferPool(limit: 128)
    private(set) var isClosed = false
    /// When patience is looked at again, and leaders are asked for.
    var nextLook = MonotonicTime(milliseconds: .min)
    var refreshAt = MonotonicTime(milliseconds: .min)
    var refreshFailures = 0

    /// An owner with something to send calls again after so long.
    private static let advanceInterval = Duration.milliseconds(5)

    init(_ configuration: ProducerConfiguration, _ settings: ProducerSettings, _ wire: any ProducerWire) {
        self.configuration = configuration
        self.settings = settings
        self.wire = wire
        queue = ProduceQueue(settings.limits, isTransactional: configuration.transactionalID != nil)
        if queue.isTransactional { queue.holdBytes = min(settings.holdBytes, settings.bufferBytes / 4) }
    }

    /// Over TCP. Does not connect yet.
    convenience init(
        _ configuration: ProducerConfiguration, _ settings: ClusterSettings,
        newestTransactions: TransactionVersion = .v2
    ) {
        var producing = settings.native.producer
        producing.newestTransactions = newestTransactions
        var client = settings.clientConfiguration(clientID: configuration.clientID)
        client.connectTimeout = settings.native.connectTimeout
        client.retry = producing.limits.retry
        self.init(configuration, producing, LeaderConnections(client, writeTimeout: producing.requestTimeout))
    }

    var isTransactional: Bool { queue.isTransactional }

    // MARK: Sending

    func send(_ batch: inout RecordBatchBuilder, to id: TopicPartition) throws(ClusterError) {
        try requireUsable()
        guard !batch.isEmpty else { return }
        if isTransactional {
            try transaction.requireOpen()
        } else if queue.identity.isNone {
            queue.use(try initProducerID(presenting: .none))
        }
        let index = try target(for: id)
        let count = batch.count
        batch.seal(
            producer: queue.identity, baseSequence: queue.partitions[index].nextSequence,
            isTransactional: isTransactional, compression: settings.compression)
        // The builder gets memory in return that its next batch is likely to fit into.
        let buffer = buffers.take(capacity: batch.byteCount)
        batch.moveBytes(to: buffer)
        queue.add(buffer, recordCount: count, to: index, deadline: wire.now.advanced(by: patience))
        try drive()
        while queue.heldBytes > settings.bufferBytes { try waitAndDrive() }
    }

    private var patience: Duration {
        isTransactional ? min(settings.deliveryTimeout, configuration.transactionTimeout) : settings.deliveryTimeout
    }

    func flush() throws(ClusterError) {
        try requireUsable()
        // Of a transaction that has failed the rest goes nowhere.
        if isTransactional, !queue.isEmpty { try transaction.requireOpen() }
        queue.isFlushing = true
        defer { queue.isFlushing = false }
        try drive()
        while !queue.isEmpty { try waitAndDrive() }
    }

    func advance() throws(ClusterError) -> Duration? {
        guard !isClosed, !queue.isEmpty else { return nil }
        try drive()
        // Held records wait for the commit; of answers nobody needs to know before.
        return queue.waitingBytes > queue.holdBytes ? NativeProducer.advanceInterval : nil
    }

    func endOffset(of partition: TopicPartition) -> Offset? {
        queue.indexes[partition].flatMap { queue.partitions[$0].endOffset }.map { Offset($0) }
    }

    /// Ends what is open with an abort, so that nobody has to wait for its time-out.
    func close() {
        guard !isClosed else { return }
        // An end that was tried in vain is left to whoever comes next, or to the transaction's time-out.
        if transaction.isOpen, !transaction.isEnding { try? abortTransaction() }
        isClosed = true
        wire.disconnectAll()
    }

    func requireUsable() throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the producer is closed") }
    }
}
