import Foundation
import MillraceBroker
import MillraceClient
import MillraceCluster
import MillraceCore
import MillraceKafka
import MillraceServer
import Testing

/// A broker in this process behind its server, reached over TCP as any Kafka is, in a directory of its own.
final class KafkaFixture {
    let broker: Broker
    private(set) var server: BrokerServer
    private var serving: ServerConfiguration
    /// `host:port`.
    var address: String { "127.0.0.1:\(server.addresses[0].port)" }
    let cluster: KafkaCluster
    private let path: String

    init(
        settings: [String: String] = [:], host: String = "127.0.0.1", records: RecordClient = .librdkafka,
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        path = NSTemporaryDirectory() + "millrace-kafka-\(UUID().uuidString)"
        var configuration = BrokerConfiguration(dataDirectory: path, durability: .system)
        configuration.groups.sessionTimeouts = .milliseconds(100) ... .seconds(60)
        configuration.groups.initialRebalanceDelay = .milliseconds(20)
        broker = try Broker(
            configuration, disk: FileSystemDisk(), clock: SystemClock(), entropy: SystemEntropy())
        var serving = ServerConfiguration()
        serving.listeners = [ListenerConfiguration(port: 0)]
        configure(&serving)
        self.serving = serving
        server = BrokerServer(broker, configuration: serving)
        try server.start()
        cluster = try KafkaCluster(
            bootstrapServers: "\(host):\(server.addresses[0].port)", settings: settings, records: records)
    }

    deinit {
        server.stop(grace: .zero)
        try? broker.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Ends all connections; nobody gets in.
    func stopServing() {
        serving.listeners[0].port = server.addresses[0].port
        server.stop(grace: .zero)
    }

    /// On the same port.
    func serveAgain() throws {
        server = BrokerServer(broker, configuration: serving)
        try server.start()
    }

    /// For requests that the port does not make.
    var client: ClusterClient {
        get throws {
            let address = try #require(BrokerAddress.list("127.0.0.1:\(server.addresses[0].port)"))
            return ClusterClient(ClientConfiguration(bootstrap: address))
        }
    }

    func create(_ topic: String, partitions: Int32 = 1) throws {
        try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: partitions))
    }

    func producer(_ transactionalID: String? = nil) throws -> any ClusterProducer {
        let producer = try cluster.makeProducer(
            ProducerConfiguration(
                transactionalID: transactionalID, clientID: "test", transactionTimeout: .seconds(10)))
        if transactionalID != nil { try producer.initializeTransactions() }
        return producer
    }

    func consumer(
        _ partitions: [TopicPartition] = [], group: String? = nil, isolation: IsolationLevel = .readCommitted,
        offsetReset: MillraceCluster.OffsetQuery? = .earliest, instance: String? = nil,
        rebalanceTimeout: Duration = .seconds(10)
    ) throws -> any ClusterConsumer {
        let consumer = try cluster.makeConsumer(
            ConsumerConfiguration(
                groupID: group, clientID: "test", isolation: isolation, offsetReset: offsetReset,
                groupInstanceID: instance, sessionTimeout: .seconds(2), heartbeatInterval: .milliseconds(50),
                rebalanceTimeout: rebalanceTimeout))
        if !partitions.isEmpty { try consumer.assign(partitions) }
        return consumer
    }
}

/// A record as the port carries it.
struct Sent: Hashable {
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Int64 = 0
    var headers = Headers.empty
    var offset: Int64 = -1

    init(_ key: String?, _ value: String?, _ timestamp: Int64 = 0, headers: Headers = .empty, offset: Int64 = -1) {
        self.key = key.map { Array($0.utf8) }
        self.value = value.map { Array($0.utf8) }
        self.timestamp = timestamp
        self.headers = headers
        self.offset = offset
    }
}

extension ClusterProducer {
    func send(_ records: [Sent], to partition: TopicPartition) throws {
        var builder = RecordBatchBuilder()
        for record in records {
            try append(record, to: &builder)
        }
        try send(&builder, to: partition)
    }

    private func append(_ record: Sent, to builder: inout RecordBatchBuilder) throws {
        let key = record.key ?? []
        let value = record.value ?? []
        builder.append(
            timestamp: Timestamp(record.timestamp), key: record.key == nil ? nil : key.span.bytes,
            value: record.value == nil ? nil : value.span.bytes, headers: record.headers)
    }
}

extension ClusterConsumer {
    /// Polls until what came satisfies, 20 s at most. Events go to `onEvent`.
    func read(
        onEvent: (GroupEvent) throws -> Void = { _ in }, until isEnough: ([Sent]) throws -> Bool
    ) throws -> [Sent] {
        let deadline = ContinuousClock.now + .seconds(20)
        var records: [Sent] = []
        var fetched: [FetchedBatches] = []
        while try !isEnough(records) {
            guard ContinuousClock.now < deadline else {
                Issue.record("not in time; \(records.count) records came")
                break
            }
            if let event = try poll(maxWait: .milliseconds(50), into: &fetched) { try onEvent(event) }
            for batches in fetched { records += try Sent.all(in: batches) }
        }
        return records
    }

    func read(_ count: Int) throws -> [Sent] { try read { $0.count >= count } }
}

extension Sent {
    static func all(in batches: FetchedBatches) throws -> [Sent] {
        var records: [Sent] = []
        let bytes = batches.buffer.bytes
        for batch in batches.batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                // The first batch may begin before what was wanted.
                if slot.offset < batches.startOffset { continue }
                var record = Sent(nil, nil, slot.timestamp.millisecondsSinceEpoch)
                record.key = slot.key.map { [UInt8](copying: bytes.extracting($0)) }
                record.value = slot.value.map { [UInt8](copying: bytes.extracting($0)) }
                record.headers = try slot.headers(in: bytes)
                record.offset = slot.offset.rawValue
                records.append(record)
            }
        }
        return records
    }
}
