internal import CRdKafka
internal import MillraceBroker
internal import MillraceCluster
internal import MillraceCore

/// The partitions a consumer reads, where it stands in each, and the reading itself, over librdkafka's interface for
/// consumers without a group. Owned by the consumer's thread; librdkafka's threads raise the signal.
final class RecordReader {
    private final class Source {
        let id: TopicPartition
        /// Nil until the first fetch, or a seek, has found it.
        var position: Int64?
        var isPaused = false
        /// Nil until something is to be read, and after a seek to another place.
        var reader: PartitionReader?
        /// The offset that the reader brings next.
        var readerPosition: Int64 = -1
        /// Everything before it has been read, and it is where the decided records ended.
        var knownEnd: Int64?
        /// Told at the next fetch.
        var failure: ClusterError?
        var taken = PrefetchLimits.Taken()

        init(_ id: TopicPartition) { self.id = id }
    }

    let signal = WakeSignal()
    // Given back in this order: a client with a queue that is still held never ends.
    private let events: KafkaQueue
    private let instance: KafkaInstance
    private let waker: FetchWaker?
    private let configuration: ConsumerConfiguration
    private var topics: [String: OpaquePointer] = [:]
    private var sources: [Source] = []
    private var pool = BufferPool()
    /// Where the next fetch begins, so that a full partition does not starve the ones behind it.
    private var turn = 0

    init(_ configuration: ConsumerConfiguration, _ settings: ClusterSettings) throws(KafkaError) {
        self.configuration = configuration
        let isolation = configuration.isolation == .readCommitted ? "read_committed" : "read_uncommitted"
        let kafka = try settings.kafkaSettings(
            defaults: [
                ("log_level", "3"),
                // A partition that is taken waits for the fetch that is under way.
                ("fetch.wait.max.ms", "50"), ("fetch.error.backoff.ms", "100"),
                ("queued.min.messages", "1000000"),
                ("queued.max.messages.kbytes", "32768"),
                // As Kafka's own consumer does.
                ("check.crcs", "true"),
                ("fetch.message.max.bytes", "\(configuration.maxPartitionBytes)"),
                ("fetch.max.bytes", "\(configuration.maxPollBytes)"),
            ],
            // How long a fetch that met a full queue is put off.
            newer: [("fetch.queue.backoff.ms", "5")],
            fixed: [
                ("client.id", configuration.clientID), ("isolation.level", isolation),
                ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
                ("auto.commit.enable", "false"), ("auto.offset.reset", "error"), ("enable.partition.eof", "true"),
            ])
        waker = FetchWaker(kafka)
        instance = try KafkaInstance(RD_KAFKA_CONSUMER, kafka)
        events = KafkaQueue(owning: rd_kafka_queue_get_main(instance.handle))
    }

    deinit {
        removeAll()
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
    }

    // MARK: What is read

    var partitions: [TopicPartition] { sources.map(\.id) }
    /// Those that nobody has given a position.
    var withoutPosition: [TopicPartition] { sources.filter { $0.position == nil }.map(\.id) }

    /// Partitions that stay keep what was fetched ahead, for a seek to where they are; but they have no position.
    func assign(_ partitions: [TopicPartition]) {
        let old = Dictionary(uniqueKeysWithValues: sources.map { ($0.id, $0) })
        let stay = Set(partitions)
        for source in sources where !stay.contains(source.id) { source.reader = nil }
        sources = partitions.map { old[$0] ?? Source($0) }
        for source in sources {
            source.position = nil
            source.isPaused = false
        }
        turn = 0
    }

    func removeAll() {
        for source in sources { source.reader = nil }
        sources = []
    }

    func reads(_ id: TopicPartition) -> Bool { source(id) != nil }
    func position(of id: TopicPartition) -> Offset? { source(id)?.position.map { Offset($0) } }

    func seek(_ id: TopicPartition, to offset: Offset) -> Bool {
        guard let source = source(id) else { return false }
        if source.reader == nil || source.readerPosition != offset.rawValue || source.failure != nil {
            restart(source, at: offset.rawValue)
        }
        source.position = offset.rawValue
        return true
    }

    func setPaused(_ id: TopicPartition, _ isPaused: Bool) { source(id)?.isPaused = isPaused }

    private func source(_ id: TopicPartition) -> Source? { sources.first { $0.id == id } }

    private func restart(_ source: Source, at position: Int64) {
        source.reader = nil
        source.knownEnd = nil
        source.failure = nil
        source.taken = PrefetchLimits.Taken()
        source.position = position
    }

    // MARK: Reading

    /// Brings what the partitions have, each in its turn; says whether that was anything.
    func fetch(into fetched: inout [FetchedBatches]) throws(ClusterError) -> Bool {
        // Errors of connections come and go; librdkafka mends them. But they have to be taken out.
        while events.poll(timeout: .zero) != nil {}
        guard !sources.isEmpty else { return false }
        var remaining = configuration.maxPollBytes
        let first = turn
        for step in sources.indices where remaining > 0 {
            let index = (first + step) % sources.count
            let source = sources[index]
            guard !source.isPaused, let position = source.position else { continue }
            if let failure = source.failure {
                // Where records came with it they go first.
                guard fetched.isEmpty else { break }
                restart(source, at: position)
                throw failure
            }
            guard let batches = try read(source, from: position, limit: remaining) else { continue }
            remaining -= batches.buffer.count
            fetched.append(batches)
            turn = (index + 1) % sources.count
        }
        return !fetched.isEmpty
    }

    private func read(_ source: Source, from position: Int64, limit: Int) throws(ClusterError) -> FetchedBatches? {
        try start(source, at: position)
        let buffer = pool.take(capacity: 64)
        let endBefore = source.knownEnd
        var next = position
        var batches: [(header: RecordBatchHeader, recordsStart: Int)] = []
        do {
            try buffer.fill { writer throws(RecordError) in
                try withUnsafeMutablePointer(to: &writer) { writer throws(RecordError) in
                    var intake = RecordIntake(
                        into: writer, from: position, byteLimit: min(limit, configuration.maxPartitionBytes))
                    take(into: &intake, from: source)
                    batches = try intake.finish()
                    next = intake.next
                    if let end = intake.knownEnd { source.knownEnd = end }
                    source.failure = intake.failure.map { ClusterError($0, partition: source.id) }
                }
            }
        } catch {
            throw ClusterError(.storageFailed, "records that cannot be laid out: \(error)", partition: source.id)
        }
        if let failure = source.failure, next == position {
            restart(source, at: position)
            throw failure
        }
        // That the end has been reached is worth telling, too: who waits for records of other partitions looks at it.
        guard next > position || source.knownEnd != endBefore else { return nil }
        source.position = next
        source.readerPosition = next
        let end = highWatermark(of: source, atLeast: next)
        return FetchedBatches(
            partition: source.id, buffer: buffer,
            batches: batches.map { FetchedBatch(header: $0.header, recordsStart: $0.recordsStart) },
            startOffset: Offset(position), nextOffset: Offset(next), highWatermark: Offset(end),
            lastStableOffset: Offset(source.knownEnd == next ? next : end))
    }

    private func take(into intake: inout RecordIntake, from source: Source) {
        let count = source.reader?.take(into: &intake) ?? 0
        guard let waker, source.taken.add(messages: count, bytes: intake.payloadBytes, waker.limits) else { return }
        waker.wake(instance)
    }

    private func start(_ source: Source, at position: Int64) throws(ClusterError) {
        guard source.reader == nil else { return }
        source.readerPosition = position
        do throws(KafkaError) {
            source.reader = try PartitionReader(
                instance.handle, topic: topic(source.id.topic), partition: source.id.partition, from: position,
                signal: signal)
        } catch {
            throw ClusterError(error, partition: source.id)
        }
    }

    private func topic(_ name: String) throws(KafkaError) -> OpaquePointer {
        if let topic = topics[name] { return topic }
        guard let topic = rd_kafka_topic_new(instance.handle, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), name)
        }
        topics[name] = topic
        return topic
    }

    /// As the last fetch told. librdkafka does not tell the last stable offset but by the end that it has reached:
    /// until then the high watermark stands for it, from above.
    private func highWatermark(of source: Source, atLeast next: Int64) -> Int64 {
        var low: Int64 = 0
        var high: Int64 = 0
        rd_kafka_get_watermark_offsets(instance.handle, source.id.topic, source.id.partition, &low, &high)
        return max(high, next)
    }
}
