import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceServer
import Testing

@testable import MillraceKafka

@Suite("A producer that sends whole batches, over TCP")
struct NativeProducerTests {
    private let p0 = TopicPartition("lines", 0)
    private let p1 = TopicPartition("lines", 1)

    /// As the cluster makes it, with a version of transactions.
    private func producer(
        _ fixture: KafkaFixture, _ version: TransactionVersion, settings: [String: String] = [:]
    ) throws -> NativeProducer {
        let servers = "127.0.0.1:\(fixture.server.addresses[0].port)"
        let producer = NativeProducer(
            ProducerConfiguration(transactionalID: "t", clientID: "test", transactionTimeout: .seconds(10)),
            try ClusterSettings(bootstrapServers: servers, settings, records: .native), newestTransactions: version)
        try producer.initializeTransactions()
        return producer
    }

    @Test(
        "transactions: what is committed is there once and in order, what is aborted is not; ends are exact",
        arguments: [TransactionVersion.v1, .v2])
    func transactions(version: TransactionVersion) throws {
        let fixture = try KafkaFixture()
        try fixture.create("lines", partitions: 2)
        let producer = try producer(fixture, version)
        #expect(producer.transaction.version == version)
        for round in 0..<6 {
            try producer.beginTransaction()
            for part in 0..<3 {
                try producer.send((0..<100).map { Sent("\(round)", "\(part * 100 + $0)", 5) }, to: p0)
                try producer.send([Sent("\(round)", "\(part)")], to: p1)
            }
            if round % 3 == 1 {
                try producer.abortTransaction()
            } else {
                try producer.commitTransaction()
                // Behind the last record stands the marker.
                let end = try fixture.cluster.admin.offset(of: p0, at: .latest(.readCommitted))
                #expect(producer.endOffset(of: p0)?.advanced(by: 1) == end)
            }
        }
        let rounds = [0, 2, 3, 5]
        let expected = rounds.flatMap { round in (0..<300).map { Sent("\(round)", "\($0)", 5) } }
        let read = try fixture.consumer([p0]).read(expected.count)
        #expect(read.map(\.value) == expected.map(\.value))
        #expect(read.map(\.key) == expected.map(\.key))
        #expect(read.allSatisfy { $0.timestamp == 5 })
        #expect(try fixture.consumer([p1]).read(rounds.count * 3).count == rounds.count * 3)
        producer.close()
    }

    @Test(
        "a broker that goes away while records flow, and comes back, gets each once and in order",
        arguments: [String?.none, "t"])
    func outage(transactionalID: String?) throws {
        let fixture = try KafkaFixture(records: .native)
        try fixture.create("lines", partitions: 2)
        let producer = try fixture.producer(transactionalID)
        var server = fixture.server
        let port = server.addresses[0].port
        defer { server.stop(grace: .zero) }
        var expected: [String] = []
        for round in 0..<4 {
            if transactionalID != nil { try producer.beginTransaction() }
            for part in 0..<20 {
                let text = "\(round)/\(part)"
                try producer.send([Sent(nil, text)], to: p0)
                try producer.send([Sent(nil, text)], to: p1)
                expected.append(text)
                // What is under way is lost, what comes after it cannot connect.
                if part == 10 { server.stop(grace: .zero) }
                if part == 14 {
                    var configuration = ServerConfiguration()
                    configuration.listeners = [ListenerConfiguration(port: port)]
                    server = BrokerServer(fixture.broker, configuration: configuration)
                    try server.start()
                }
            }
            if transactionalID == nil { try producer.flush() } else { try producer.commitTransaction() }
        }
        for partition in [p0, p1] {
            let read = try fixture.consumer([partition]).read(expected.count)
            #expect(read.map { String(decoding: $0.value ?? [], as: UTF8.self) } == expected)
        }
        producer.close()
    }

    @Test("what is compressed comes out as it went in", arguments: ["gzip", "snappy", "lz4", "zstd"])
    func compression(codec: String) throws {
        let fixture = try KafkaFixture(settings: ["compression.type": codec], records: .native)
        try fixture.create("lines")
        let producer = try fixture.producer()
        let records = (0..<2_000).map { Sent("key", "the same words again and again \($0 % 7)", Int64($0)) }
        try producer.send(records, to: p0)
        try producer.flush()
        #expect(producer.endOffset(of: p0) == Offset(2_000))
        let read = try fixture.consumer([p0]).read(records.count)
        #expect(read.map(\.value) == records.map(\.value) && read.map(\.timestamp) == records.map(\.timestamp))
    }

    @Test("a batch that the topic does not take is an error of its own, and what follows gets through")
    func tooLarge() throws {
        let fixture = try KafkaFixture(records: .native)
        try fixture.cluster.admin.createTopic(
            TopicSpecification(name: "lines", partitionCount: 1, configuration: ["max.message.bytes": "1000"]))
        let producer = try fixture.producer()
        #expect {
            try producer.send([Sent(nil, String(repeating: "x", count: 5_000))], to: p0)
            try producer.flush()
        } throws: {
            ($0 as? ClusterError)?.code == .messageTooLarge && ($0 as? ClusterError)?.partition == p0
        }
        try producer.send([Sent(nil, "small")], to: p0)
        try producer.flush()
        #expect(try fixture.consumer([p0]).read(1).map(\.value) == [Array("small".utf8)])
    }
}
