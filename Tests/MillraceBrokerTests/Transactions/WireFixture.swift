import MillraceBroker
import MillraceCore
import MillraceSimulation

/// A broker, and clients that speak to it as over the wire.
struct WireFixture {
    let broker: Broker
    let clock: ManualClock
    let a = TopicPartition("a", 0)
    let b = TopicPartition("b", 0)

    init(_ disk: any Disk, clock: ManualClock = ManualClock(Timestamp(1_000_000))) throws {
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        broker = try Broker(configuration, disk: disk, clock: clock, entropy: SeededEntropy(seed: 1))
        self.clock = clock
        for topic in ["a", "b"] where try broker.describeTopic(topic) == nil { try broker.createTopic(topic) }
    }

    func client(_ id: String = "t") throws -> WireClient { try WireClient(broker, id) }

    /// What those who read committed are shown of a partition.
    func committed(_ id: TopicPartition) throws -> [String] { try broker.committedValues(of: id) }

    func stableEnd(_ id: TopicPartition) throws -> Int64 {
        try broker.partition(id).bounds().lastStableOffset.rawValue
    }
}

/// A transactional client with the requests of one version or the other, which it may change at any time.
struct WireClient {
    var broker: Broker
    let id: String
    var producer: ProducerIdentity
    private var sequences: [TopicPartition: Int32] = [:]

    init(_ broker: Broker, _ id: String) throws {
        self.broker = broker
        self.id = id
        producer = try broker.initProducerID(transactionalID: id, timeoutMilliseconds: 60_000, version: 5)
    }

    /// InitProducerId again: as the same client, or as a new one.
    mutating func initialize(presenting: Bool) throws {
        producer = try broker.initProducerID(
            transactionalID: id, timeoutMilliseconds: 60_000, presented: presenting ? producer : .none, version: 5)
        sequences = [:]
    }

    func add(_ partitions: [TopicPartition], version: Int16 = 3) -> [KafkaErrorCode] {
        broker.addPartitionsToTransaction(partitions, transactionalID: id, producer: producer, version: version)
    }

    /// Produce alone; before version 12 the partition must have been added.
    @discardableResult
    mutating func produce(
        _ value: String, to partition: TopicPartition, version: Int16, transactional: Bool = true,
        sequence: Int32? = nil
    ) throws -> AppendedRecords {
        var builder = RecordBatchBuilder(capacity: 256)
        let bytes = Array(value.utf8)
        builder.append(timestamp: Timestamp(1), key: nil, value: bytes.span.bytes)
        let next = sequences[partition] ?? 0
        builder.seal(producer: producer, baseSequence: sequence ?? next, isTransactional: transactional)
        let result = try broker.produce(
            builder.bytes, to: try broker.partition(partition), transactionalID: id, version: version)
        if sequence == nil { sequences[partition] = next + 1 }
        return result
    }

    /// As a client of this version does it.
    mutating func send(_ value: String, to partition: TopicPartition, _ version: TransactionVersion) throws {
        if version == .v1, let error = add([partition]).first, error != .none {
            throw BrokerError(error, "AddPartitionsToTxn", partition: partition)
        }
        try produce(value, to: partition, version: version == .v1 ? 11 : 12)
    }

    mutating func sendOffset(_ metadata: String, of partition: TopicPartition, _ version: TransactionVersion) throws {
        if version == .v1 {
            try broker.addOffsetsToTransaction(group: "g", transactionalID: id, producer: producer, version: 3)
        }
        let response = try broker.commitOffsets(
            TransactionalOffsetCommitRequest(
                transactionalID: id, producer: producer,
                caller: GroupCaller(groupID: "g"),
                offsets: [OffsetCommitPartition(partition: partition, offset: .zero, metadata: metadata)]),
            version: version == .v1 ? 3 : 5)
        if let refused = response.partitions.first(where: { $0.error != .none }) {
            throw BrokerError(refused.error, "TxnOffsetCommit", partition: partition)
        }
    }

    mutating func end(_ outcome: TransactionOutcome, _ version: TransactionVersion) throws {
        let next = try broker.endTransaction(
            outcome, transactionalID: id, producer: producer, requestVersion: version == .v1 ? 3 : 5)
        guard version == .v2, next != producer else { return }
        producer = next
        sequences = [:]
    }
}

extension Broker {
    func committedValues(of id: TopicPartition) throws -> [String] {
        let partition = try partition(id)
        var values: [String] = []
        var writer = ByteWriter()
        var offset = try partition.bounds().logStart
        while true {
            writer.removeAll()
            let fetch = try partition.fetch(
                from: offset, maxBytes: 1 << 20, isolation: .readCommitted, into: &writer)
            if fetch.bytes.isEmpty { return values }
            var position = fetch.bytes.lowerBound
            while position < fetch.bytes.upperBound {
                let header = try RecordBatchHeader(from: writer.bytes, at: position)
                let isAborted = fetch.aborted.contains {
                    $0.producerID == header.producer.id && $0.firstOffset <= header.baseOffset
                        && header.baseOffset <= $0.lastOffset
                }
                var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
                while !isAborted, !header.attributes.isControl, let slot = try cursor.next(in: writer.bytes) {
                    if let value = slot.value { values.append(writer.bytes.extracting(value).lossyUTF8) }
                }
                position += header.totalByteCount
            }
            offset = fetch.nextOffset
        }
    }
}
