import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation

/// A broker on a simulated disk, and what tests do with it again and again.
struct ClusterFixture {
    let broker: Broker
    let cluster: EmbeddedCluster
    let clock: ManualClock

    init(
        _ disk: any Disk, seed: UInt64 = 1, durability: Durability = .everyCommit,
        clock: ManualClock = ManualClock(Timestamp(1_000_000)), hasMaintenanceThread: Bool = false
    ) throws {
        var configuration = BrokerConfiguration(dataDirectory: "/data", durability: durability)
        configuration.hasMaintenanceThread = hasMaintenanceThread
        broker = try Broker(configuration, disk: disk, clock: clock, entropy: SeededEntropy(seed: seed))
        cluster = EmbeddedCluster(broker)
        self.clock = clock
    }

    func producer(_ transactionalID: String? = nil, timeout: Duration = .seconds(60)) throws -> any ClusterProducer {
        let producer = try cluster.makeProducer(
            ProducerConfiguration(transactionalID: transactionalID, clientID: "test", transactionTimeout: timeout))
        if transactionalID != nil { try producer.initializeTransactions() }
        return producer
    }

    func consumer(
        group: String? = nil, isolation: IsolationLevel = .readCommitted
    ) throws -> any ClusterConsumer {
        try cluster.makeConsumer(ConsumerConfiguration(groupID: group, clientID: "test", isolation: isolation))
    }

    /// All values of these partitions, in the order of the partitions and of their offsets.
    func values(
        of partitions: [TopicPartition], isolation: IsolationLevel = .readCommitted
    ) throws -> [TopicPartition: [String]] {
        let consumer = try consumer(isolation: isolation)
        defer { consumer.close() }
        try consumer.assign(partitions)
        var values: [TopicPartition: [String]] = [:]
        var batches: [FetchedBatches] = []
        while true {
            _ = try consumer.poll(maxWait: .zero, into: &batches)
            if batches.isEmpty { return values }
            for fetched in batches { values[fetched.partition, default: []] += try fetched.values() }
        }
    }
}

extension FetchedBatches {
    func values() throws -> [String] {
        var values: [String] = []
        for batch in batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: buffer.bytes) {
                guard slot.offset >= startOffset, let value = slot.value else { continue }
                values.append(buffer.bytes.extracting(value).lossyUTF8)
            }
        }
        return values
    }
}

extension ClusterProducer {
    /// Sends one batch with these values.
    func send(_ values: [String], to partition: TopicPartition, at time: Timestamp = Timestamp(1)) throws {
        var builder = RecordBatchBuilder(capacity: 256)
        for value in values {
            let bytes = Array(value.utf8)
            builder.append(timestamp: time, key: nil, value: bytes.span.bytes)
        }
        try send(&builder, to: partition)
    }
}
