import EngineKit
import Foundation
import Millrace
import MillraceBroker
import MillraceCluster
import MillraceCore
import Testing

/// An engine of its own, with a directory that is removed with it, and short ways to write and read topics.
final class TestCluster {
    let path: String
    let engine: Engine
    private var running: RunningEngine
    private let disk: any Disk

    /// - Parameter disk: where the broker keeps its data; stores are on the real disk.
    init(_ engine: Engine = .embedded, disk: any Disk = FileSystemDisk()) throws {
        self.engine = engine
        self.disk = disk
        path = FileManager.default.temporaryDirectory.path + "/millrace-runtime-\(UUID().uuidString)"
        running = try RunningEngine(engine, path: path, disk: disk)
    }

    deinit {
        running.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    var cluster: any Cluster { running.cluster }

    /// Closes the broker and opens it again.
    func restart() throws {
        running.close()
        running = try RunningEngine(engine, path: path, disk: disk)
    }

    /// Has the embedded broker do what it does by time alone.
    func tick(now: Timestamp) { running.tick(now: now) }

    var stateDirectory: String { path + "/state" }

    func create(_ topic: String, partitions: Int32 = 1) throws {
        try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: partitions))
    }

    /// Writes text records; keys choose the partition.
    func produce(_ topic: String, _ records: [(key: String, value: String, timestamp: Int64)]) throws {
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "test"))
        let collector = RecordCollector(sender: Sender(producer: producer, admin: cluster.admin))
        let writer = try collector.writer(for: topic)
        for record in records {
            let key = Array(record.key.utf8)
            let value = Array(record.value.utf8)
            try writer.append(
                key: key.span.bytes, value: value.span.bytes, timestamp: Timestamp(record.timestamp))
        }
        try collector.flush()
        try producer.flush()
        producer.close()
    }

    struct Read: Hashable {
        var partition: Int32
        var key: String?
        var value: [UInt8]?
        var timestamp: Int64
        var headers: Headers

        var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
        /// A big-endian 64-bit integer.
        var number: Int64? { value.map { $0.reduce(0) { $0 << 8 | Int64($1) } } }
    }

    /// All committed records of a topic.
    func read(_ topic: String) throws -> [Read] {
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "test"))
        defer { consumer.close() }
        let count = try cluster.admin.describeTopic(topic)?.partitionCount ?? 0
        let partitions = (0..<count).map { TopicPartition(topic, $0) }
        try consumer.assign(partitions)
        for partition in partitions { try consumer.seek(partition, to: .zero) }
        // Not until nothing comes: what is fetched over the wire comes a little later.
        var ends: [TopicPartition: Offset] = [:]
        for partition in partitions {
            ends[partition] = try cluster.admin.offset(of: partition, at: .latest(.readCommitted)) ?? .zero
        }
        let deadline = ContinuousClock.now + .seconds(20)
        var records: [Read] = []
        var fetched: [FetchedBatches] = []
        while try partitions.contains(where: { try consumer.position(of: $0) < ends[$0] ?? .zero }) {
            guard ContinuousClock.now < deadline else {
                Issue.record("not in time: the records of \(topic)")
                break
            }
            _ = try consumer.poll(maxWait: .milliseconds(20), into: &fetched)
            for batches in fetched { try TestCluster.append(batches, to: &records) }
        }
        return records
    }

    private static func append(_ batches: FetchedBatches, to records: inout [Read]) throws {
        let bytes = batches.buffer.bytes
        for batch in batches.batches {
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                records.append(
                    Read(
                        partition: batches.partition.partition,
                        key: slot.key.map { bytes.extracting($0).lossyUTF8 },
                        value: slot.value.map { [UInt8](copying: bytes.extracting($0)) },
                        timestamp: slot.timestamp.millisecondsSinceEpoch,
                        headers: try slot.headers(in: bytes)))
            }
        }
    }

    /// The last number of each key.
    func latest(_ topic: String) throws -> [String: Int64] {
        var latest: [String: Int64] = [:]
        for record in try read(topic) { if let key = record.key { latest[key] = record.number } }
        return latest
    }

    /// Waits until `condition` holds, looking every few milliseconds.
    func eventually(
        _ what: String, timeout: Duration = .seconds(15), _ condition: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + timeout
        let pause = Monitor(false)
        while try !condition() {
            if ContinuousClock.now > deadline {
                Issue.record("not in time: \(what)")
                return
            }
            _ = pause.wait(timeout: .milliseconds(2)) { $0 }
        }
    }

    private final class Sender: BatchSender {
        let producer: any ClusterProducer
        let admin: any ClusterAdmin

        init(producer: any ClusterProducer, admin: any ClusterAdmin) {
            self.producer = producer
            self.admin = admin
        }

        func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
            try producer.send(&batch, to: partition)
        }

        func partitionCount(of topic: String) throws -> Int32 {
            try admin.describeTopic(topic)?.partitionCount ?? 1
        }
    }
}
