import Foundation
import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

/// The files of a data directory are Kafka's. What `DumpLogSegments` checks of indexes is checked here; with
/// `MILLRACE_KAFKA_FILES=<folder>` the folder is kept, for the tool itself:
///
///     MILLRACE_KAFKA_FILES=/tmp/files swift test --filter KafkaFilesTests
///     bin/kafka-dump-log.sh --deep-iteration --files /tmp/files/topics/transactions-0/00000000000000000000.log,…
@Suite("Kafka's files")
struct KafkaFilesTests {
    @Test("every segment, index, snapshot and checkpoint is as Kafka's own tool expects it")
    func dataDirectory() throws {
        let kept = ProcessInfo.processInfo.environment["MILLRACE_KAFKA_FILES"]
        let root = kept ?? NSTemporaryDirectory() + "millrace-files-\(UUID().uuidString)"
        let disk = FileSystemDisk()
        defer { if kept == nil { try? disk.removeDirectory(root) } }
        try KafkaFilesFixture(root: root).make()

        for topic in KafkaFilesFixture.topics {
            let directory = "\(root)/topics/\(topic)-0"
            let names = try disk.list(directory)
            let bases = names.filter { $0.hasSuffix(".log") }.map { String($0.dropLast(4)) }
            #expect(bases.count > 1, "\(topic) has several segments")
            for name in ["partition.metadata", "leader-epoch-checkpoint"] { #expect(names.contains(name), "\(topic)") }
            for base in bases {
                for kind in ["index", "timeindex", "txnindex"] { #expect(names.contains(base + "." + kind)) }
                let segment = try KafkaSegment(directory: directory, base: base)
                #expect(segment.complaints.isEmpty, "\(topic) \(base): \(segment.complaints)")
            }
            #expect(names.contains { $0.hasSuffix(".snapshot") })
        }
        let checkpoints = [
            "recovery-point-offset-checkpoint", "log-start-offset-checkpoint", "replication-offset-checkpoint",
            "cleaner-offset-checkpoint",
        ]
        for name in checkpoints {
            let lines = try String(contentsOfFile: "\(root)/topics/\(name)", encoding: .utf8).split(separator: "\n")
            #expect(lines.first == "0" && Int(lines[1]) == lines.count - 2, "\(name): \(lines)")
            #expect(lines.dropFirst(2).allSatisfy { $0.split(separator: " ").count == 3 })
        }
        #expect(
            try String(contentsOfFile: "\(root)/topics/cleaner-offset-checkpoint", encoding: .utf8).contains(
                "compacted 0 "))
    }
}

/// A data directory with everything in it that a log can have.
struct KafkaFilesFixture {
    static let topics = ["plain", "transactions", "compacted"]
    let root: String
    private let clock = ManualClock(Timestamp(1_700_000_000_000))

    func make() throws {
        var configuration = BrokerConfiguration(dataDirectory: root)
        configuration.hasMaintenanceThread = false
        let broker = try Broker(
            configuration, disk: FileSystemDisk(), clock: clock, entropy: SeededEntropy(seed: 11))
        for topic in Self.topics {
            var values = ["segment.bytes": "8192", "index.interval.bytes": "512"]
            if topic == "compacted" {
                values["cleanup.policy"] = "compact"
                values["min.cleanable.dirty.ratio"] = "0"
            }
            try broker.createTopic(topic, configuration: values)
        }
        try writePlain(broker)
        try writeTransactions(broker)
        try writeCompacted(broker)
        try broker.close()
    }

    private func builder(_ round: Int, keys: Int, compression: Compression) -> RecordBatchBuilder {
        var builder = RecordBatchBuilder()
        for index in 0..<4 {
            let key = Array("key-\((round * 4 + index) % keys)".utf8)
            let value = Array("value \(round).\(index) ".utf8) + [UInt8](repeating: 0x78, count: round % 90)
            let isTombstone = (round + index) % 13 == 0
            builder.append(
                timestamp: clock.now().advanced(byMilliseconds: Int64(index % 3)), key: key.span.bytes,
                value: isTombstone ? nil : value.span.bytes, headers: Headers([Header("round", Array("\(round)".utf8))])
            )
        }
        builder.seal(compression: compression)
        return builder
    }

    private func writePlain(_ broker: Broker) throws {
        let partition = try broker.partition(TopicPartition("plain", 0))
        for round in 0..<150 {
            clock.advance(by: .milliseconds(7))
            let codec = Compression.allCases[round % Compression.allCases.count]
            _ = try broker.append(builder(round, keys: 1_000, compression: codec).bytes, to: partition)
        }
    }

    private func writeTransactions(_ broker: Broker) throws {
        let id = TopicPartition("transactions", 0)
        let partition = try broker.partition(id)
        var producer = try broker.initializeProducer(transactionalID: "fixture", timeout: .seconds(60))
        for round in 0..<60 {
            clock.advance(by: .milliseconds(7))
            try broker.addToTransaction([id], transactionalID: "fixture", producer: producer)
            for sequence in 0..<2 as Range<Int32> {
                var batch = builder(round, keys: 1_000, compression: .none)
                batch.seal(producer: producer, baseSequence: sequence * 4, isTransactional: true)
                _ = try broker.append(batch.bytes, to: partition, transactionalID: "fixture", producer: producer)
            }
            producer = try broker.endTransaction(
                round % 3 == 0 ? .abort : .commit, transactionalID: "fixture", producer: producer)
        }
    }

    private func writeCompacted(_ broker: Broker) throws {
        let partition = try broker.partition(TopicPartition("compacted", 0))
        for round in 0..<200 {
            clock.advance(by: .milliseconds(7))
            let codec = Compression.allCases[round % Compression.allCases.count]
            _ = try broker.append(builder(round, keys: 50, compression: codec).bytes, to: partition)
            if round % 60 == 59 {
                clock.advance(by: .milliseconds(400_000))
                broker.tick(now: clock.now())
            }
        }
    }
}
