internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// A producer over librdkafka: idempotent always; its threads send while the owner goes on. What they report comes to
/// the owner's thread, which owns all of this: with `send` where there is something, and with everything that waits.
final class KafkaClusterProducer: ClusterProducer {
    /// What is known of one partition that was written to; its index, from 1, tags its records.
    private struct Target {
        let topic: Int
        let partition: TopicPartition
        var endOffset: Int64?
    }

    private struct Reports {
        var targets: [Target] = []
        /// The first since it was last told.
        var failure: (error: KafkaError, partition: TopicPartition?)?
        /// The tag of the last record that was delivered, and the offset after it; no tag where it is settled.
        private var last: (tag: Int, endOffset: Int64) = (0, 0)

        /// Of each partition the last record tells where it ends, so those before another of the same one are passed
        /// over quickly.
        mutating func take(_ message: borrowing KafkaMessage) {
            if message.tag == last.tag, !message.hasFailed, message.offset >= 0 {
                last.endOffset = message.offset + 1
                return
            }
            settle()
            let index = message.tag - 1
            guard targets.indices.contains(index) else { return }
            if let error = message.error {
                if failure == nil { failure = (error, targets[index].partition) }
            } else if message.offset >= 0 {
                last = (message.tag, message.offset + 1)
            }
        }

        /// Puts down what is known of the last one.
        mutating func settle() {
            if last.tag > 0 { targets[last.tag - 1].endOffset = last.endOffset }
            last = (0, 0)
        }
    }

    private let configuration: ProducerConfiguration
    private let client: ClusterClient
    /// Of the topics that were written to.
    private var partitionCounts: [String: Int32] = [:]
    // The sender's topics go before the producer.
    private var sender: RecordSender?
    private var producer: KafkaProducer
    // Touched for each report, by the owner's thread only.
    @exclusivity(unchecked)
    private var reports = Reports()
    private var indexes: [TopicPartition: Int] = [:]
    /// What was compressed stands here.
    private let plain = SharedBuffer(capacity: 64)
    private var isInitialized = false
    private var isInTransaction = false
    private var isClosed = false

    /// A record that cannot be delivered is given up by librdkafka, so waiting for reports has an end.
    private static let flushTimeout = Duration.seconds(330)
    private static let fullQueuePause = Duration.milliseconds(20)

    /// What belongs to a transaction is seen when that is committed, which sends at once what lingers: until then only
    /// full batches are worth a request. The thread that sends also spends the last millisecond of each wait awake.
    private static func lingerMilliseconds(_ configuration: ProducerConfiguration) -> Int {
        configuration.transactionalID == nil ? 2 : 50
    }

    init(_ configuration: ProducerConfiguration, _ settings: ClusterSettings) throws(ClusterError) {
        self.configuration = configuration
        client = ClusterClient(settings.clientConfiguration(clientID: configuration.clientID))
        var fixed = [
            ("client.id", configuration.clientID), ("enable.idempotence", "true"), ("acks", "all"),
        ]
        if let id = configuration.transactionalID {
            // librdkafka takes no shorter one.
            let timeout = max(1_000, configuration.transactionTimeout.wholeMilliseconds)
            fixed += [("transactional.id", id), ("transaction.timeout.ms", "\(timeout)")]
        }
        producer = try callingKafka { () throws(KafkaError) in
            try KafkaProducer(
                settings.kafkaSettings(
                    defaults: [
                        ("log_level", "3"), ("linger.ms", "\(KafkaClusterProducer.lingerMilliseconds(configuration))"),
                        ("queue.buffering.max.messages", "1000000"),
                        ("queue.buffering.max.kbytes", "262144"),
                    ], fixed: fixed))
        }
        sender = RecordSender(producer.instance.handle)
    }

    deinit { sender = nil }

    // MARK: Transactions

    func initializeTransactions() throws(ClusterError) {
        try requireTransactionalID()
        try repeating { producer, timeout throws(KafkaError) in try producer.initTransactions(timeout: timeout) }
        isInitialized = true
        isInTransaction = false
    }

    func beginTransaction() throws(ClusterError) {
        try requireTransactionalID()
        guard isInitialized else {
            throw ClusterError(.invalidRequest, "initializeTransactions comes before beginTransaction")
        }
        guard !isInTransaction else { throw ClusterError(.invalidRequest, "a transaction is open already") }
        try callingKafka { () throws(KafkaError) in try producer.beginTransaction() }
        reports.failure = nil
        isInTransaction = true
    }

    func sendOffsets(_ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata) throws(ClusterError) {
        try requireTransaction()
        guard !offsets.isEmpty else { return }
        try repeating { producer, timeout throws(KafkaError) in
            try producer.sendOffsets(offsets, group: group, timeout: timeout)
        }
    }

    func commitTransaction() throws(ClusterError) {
        try requireTransaction()
        try flush()
        try repeating { producer, timeout throws(KafkaError) in try producer.commitTransaction(timeout: timeout) }
        isInTransaction = false
    }

    func abortTransaction() throws(ClusterError) {
        try requireTransaction()
        isInTransaction = false
        let timeout = callTimeout
        try callingKafka { () throws(KafkaError) in
            try producer.abortTransaction(timeout: timeout) { reports.take($0) }
        }
        // What was dropped with it is no failure.
        reports.failure = nil
    }

    /// Tries again what librdkafka says may pass, for as long as a transaction may last.
    private func repeating(
        _ call: (inout KafkaProducer, Duration) throws(KafkaError) -> Void
    ) throws(ClusterError) {
        let deadline = ContinuousClock.now + max(configuration.transactionTimeout, .seconds(10))
        while true {
            do throws(KafkaError) {
                return try call(&producer, callTimeout)
            } catch {
                guard error.reaction == .retry, ContinuousClock.now < deadline else { throw ClusterError(error) }
            }
            try poll(timeout: KafkaClusterProducer.fullQueuePause)
        }
    }

    private var callTimeout: Duration { max(configuration.transactionTimeout, .seconds(10)) }

    // MARK: Sending

    func send(_ batch: inout RecordBatchBuilder, to id: TopicPartition) throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the producer is closed") }
        guard !batch.isEmpty else { return }
        if configuration.transactionalID != nil { try requireTransaction() }
        let index = try target(for: id)
        // librdkafka seals batches of its own; the head of this one only tells where its records lie.
        let header: RecordBatchHeader
        let plain = plain
        do {
            header = try batch.makeHeader()
            if isCompressed(header) {
                let bytes = batch.bytes
                try plain.fill { writer throws(RecordError) in
                    writer.removeAll()
                    try header.decompressRecords(of: bytes, at: 0, into: &writer)
                }
            }
        } catch {
            throw ClusterError(.invalidRequest, "a batch that cannot be read: \(error)", partition: id)
        }
        if isCompressed(header) {
            try hand(header, at: 0, in: plain.bytes, to: index)
        } else {
            try hand(header, at: RecordBatchHeader.byteCount, in: batch.bytes, to: index)
        }
        try poll()
        try throwFailure()
    }

    private func hand(
        _ header: RecordBatchHeader, at position: Int, in bytes: RawSpan, to index: Int
    ) throws(ClusterError) {
        let target = reports.targets[index]
        do throws(KafkaError) {
            try sender?.send(
                header, recordsAt: position, in: bytes, topic: target.topic, partition: target.partition.partition,
                tag: index + 1
            ) { () throws(KafkaError) in
                _ = try producer.poll(timeout: KafkaClusterProducer.fullQueuePause) { reports.take($0) }
            }
        } catch {
            throw ClusterError(error, partition: target.partition)
        }
    }

    private func isCompressed(_ header: RecordBatchHeader) -> Bool {
        header.attributes.compression != Compression.none
    }

    func flush() throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the producer is closed") }
        try callingKafka { () throws(KafkaError) in
            try producer.flush(timeout: KafkaClusterProducer.flushTimeout) { reports.take($0) }
        }
        try throwFailure()
    }

    func endOffset(of partition: TopicPartition) -> Offset? {
        reports.settle()
        return indexes[partition].flatMap { reports.targets[$0].endOffset }.map { Offset($0) }
    }

    /// Ends what is open with an abort, so that nobody has to wait for its time-out.
    func close() {
        if isInTransaction { try? abortTransaction() }
        isClosed = true
    }

    // MARK: Parts

    private func poll(timeout: Duration = .zero) throws(ClusterError) {
        _ = try callingKafka { () throws(KafkaError) in try producer.poll(timeout: timeout) { reports.take($0) } }
    }

    /// In a transaction every failure is one of the transaction, whatever it was.
    private func throwFailure() throws(ClusterError) {
        guard let failure = reports.failure else { return }
        reports.failure = nil
        let error = ClusterError(failure.error, partition: failure.partition)
        guard isInTransaction, [.retriable, .invalidRequest].contains(error.kind) else { throw error }
        throw ClusterError(.transactionAbortable, error.message, partition: error.partition, code: error.code)
    }

    private func target(for id: TopicPartition) throws(ClusterError) -> Int {
        if let index = indexes[id] { return index }
        guard let sender else { throw ClusterError(.closed, "the producer is closed") }
        try requirePartition(id)
        let topic = try callingKafka { () throws(KafkaError) in try sender.topic(id.topic) }
        reports.targets.append(Target(topic: topic, partition: id))
        indexes[id] = reports.targets.count - 1
        return reports.targets.count - 1
    }

    /// librdkafka would have the broker make a topic that is missing, and wait for a partition that is.
    private func requirePartition(_ id: TopicPartition) throws(ClusterError) {
        if partitionCounts[id.topic] ?? 0 <= id.partition {
            let topics = try callingClient { () throws(ClientError) in try client.topics([id.topic]) }
            partitionCounts[id.topic] = Int32(topics.first?.partitions.count ?? 0)
        }
        guard partitionCounts[id.topic] ?? 0 > id.partition else {
            throw ClusterError(
                .unknownTopic, "there is no such partition", partition: id, code: .unknownTopicOrPartition)
        }
    }

    private func requireTransactionalID() throws(ClusterError) {
        guard !isClosed else { throw ClusterError(.closed, "the producer is closed") }
        guard configuration.transactionalID != nil else {
            throw ClusterError(.invalidRequest, "the producer has no transactional id")
        }
    }

    private func requireTransaction() throws(ClusterError) {
        try requireTransactionalID()
        guard isInTransaction else { throw ClusterError(.invalidRequest, "no transaction is open") }
    }
}
