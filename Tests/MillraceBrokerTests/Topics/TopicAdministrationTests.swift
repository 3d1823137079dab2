import MillraceBroker
import MillraceCore
import MillraceLog
import MillraceSimulation
import Testing

/// What admin clients do with topics.
@Suite("Topic administration")
struct TopicAdministrationTests {
    private let clock = ManualClock(Timestamp(1_000_000))
    private let disk = SimulatedDisk(seed: 3)

    private func open() throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        return try Broker(configuration, disk: disk, clock: clock, entropy: SeededEntropy(seed: 5))
    }

    private func code(_ body: () throws -> Void) -> KafkaErrorCode? {
        do { try body() } catch { return (error as? BrokerError)?.code }
        return nil
    }

    private func append(_ times: [Int64], to broker: Broker, _ id: TopicPartition, _ codec: Compression = .none) throws
    {
        var builder = RecordBatchBuilder()
        let key: [UInt8] = [1]
        for time in times { builder.append(timestamp: Timestamp(time), key: key.span.bytes, value: nil) }
        builder.seal(compression: codec)
        _ = try broker.append(builder.bytes, to: try broker.partition(id))
    }

    @Test("a topic is found by its id, until it is deleted; its successor has another one")
    func identity() throws {
        var broker = try open()
        let made = try broker.createTopic("a", partitionCount: 2)
        #expect(try broker.createTopic("b", validateOnly: true).partitionCount == 1)
        #expect(try broker.describeTopic("b") == nil)
        #expect(code { try broker.createTopic("a", validateOnly: true) } == .topicAlreadyExists)
        disk.crash()
        broker = try open()
        #expect(try broker.describeTopic(id: made.id)?.name == "a")
        try broker.deleteTopic("a")
        #expect(try broker.describeTopic(id: made.id) == nil)
        #expect(try broker.createTopic("a").id != made.id)
    }

    @Test("partitions are added behind the old ones, durably")
    func growth() throws {
        var broker = try open()
        try broker.createTopic("a", partitionCount: 2)
        try append([1_000_000], to: broker, TopicPartition("a", 1))
        #expect(code { try broker.createPartitions("a", count: 2) } == .invalidPartitions)
        #expect(code { try broker.createPartitions("none", count: 2) } == .unknownTopicOrPartition)
        #expect(code { try broker.createPartitions("a", count: .max) } == .policyViolation)
        #expect(code { try broker.createTopic("b", partitionCount: .max) } == .policyViolation)
        try broker.createPartitions("a", count: 5, validateOnly: true)
        #expect(try broker.describeTopic("a")?.partitionCount == 2)
        try broker.createPartitions("a", count: 5)
        try append([1_000_000], to: broker, TopicPartition("a", 4))
        disk.killProcess()
        broker = try open()
        #expect(try broker.describeTopic("a")?.partitionCount == 5)
        for partition in 0..<5 {
            let bounds = try broker.partition(TopicPartition("a", Int32(partition))).bounds()
            #expect(bounds.highWatermark.rawValue == (partition == 1 || partition == 4 ? 1 : 0))
        }
    }

    @Test("partition directories hold what Kafka's tools look for")
    func partitionFiles() throws {
        let broker = try open()
        let made = try broker.createTopic("a")
        func text(_ name: String) throws -> String {
            let file = try disk.open("/data/topics/a-0/" + name, create: false)
            var writer = ByteWriter()
            _ = try file.read(at: 0, length: 1_000, into: &writer)
            return writer.bytes.lossyUTF8
        }
        #expect(try text("partition.metadata") == "version: 0\ntopic_id: \(made.id)\n")
        #expect(made.id.description.utf8.count == 22 && TopicID(base64: made.id.description) == made.id)
        #expect(try text("leader-epoch-checkpoint") == "0\n1\n0 0\n")
    }

    // MARK: Configs

    @Test("configs are set, appended to, subtracted from and deleted, all of a request or nothing")
    func alterConfigs() throws {
        var broker = try open()
        try broker.createTopic("a", configuration: ["retention.ms": "1000"])
        func value(_ name: String) throws -> ConfigEntry? {
            try broker.describeConfiguration(of: "a").first { $0.name == name }
        }
        try broker.alterTopic("a", [ConfigChange("cleanup.policy", .append, "compact")])
        #expect(try value("cleanup.policy")?.value == "delete,compact")
        try broker.alterTopic(
            "a",
            [ConfigChange("cleanup.policy", .subtract, "delete"), ConfigChange("segment.ms", .set, " 5000 ")])
        #expect(try value("cleanup.policy")?.value == "compact")
        try broker.alterTopic("a", [ConfigChange("retention.ms", .delete, nil)])
        #expect(try value("retention.ms")?.source == .builtIn)
        #expect(try value("retention.ms")?.value == "604800000")
        let refused = [
            ConfigChange("segment.ms", .append, "1"), ConfigChange("segment.ms", .set, nil),
            ConfigChange("no.such.config", .set, "1"), ConfigChange("cleanup.policy", .append, "shred"),
        ]
        for change in refused {
            let all = [ConfigChange("retention.ms", .set, "7"), change]
            #expect(code { try broker.alterTopic("a", all) } == .invalidConfig, "\(change)")
        }
        try broker.alterTopic("a", [ConfigChange("retention.ms", .set, "7")], validateOnly: true)
        #expect(try value("retention.ms")?.source == .builtIn)
        disk.crash()
        broker = try open()
        #expect(try value("segment.ms")?.source == .topic)
        try broker.replaceConfiguration(of: "a", ["retention.ms": "9"])
        #expect(try value("segment.ms")?.source == .builtIn)
        #expect(try value("retention.ms")?.synonyms.map(\.value) == ["9", "604800000"])
    }

    @Test("every default is a value that its config takes, and values of the wrong kind are refused")
    func kinds() throws {
        for definition in ConfigDefinition.topic {
            _ = try TopicConfiguration([definition.name: definition.defaultValue])
            let wrong: String? =
                switch definition.kind {
                case .boolean: "maybe"
                case .int: "2147483648"
                case .long: "9223372036854775808"
                case .double: "1.5"
                case .string, .list: "a:b:c"
                }
            #expect(
                code { _ = try TopicConfiguration([definition.name: wrong ?? ""]) } == .invalidConfig, "\(definition)")
        }
        #expect(ConfigDefinition.topic.map(\.name) == ConfigDefinition.topic.map(\.name).sorted())
        let bad = [
            "segment.bytes": "0", "retention.ms": "-2", "compression.type": "brotli", "compression.zstd.level": "23",
            "remote.storage.enable": "true", "min.insync.replicas": "0", "message.downconversion.enable": "true",
        ]
        for (name, value) in bad {
            #expect(code { _ = try TopicConfiguration([name: value]) } == .invalidConfig, "\(name)=\(value)")
        }
        let lags = ["min.compaction.lag.ms": "10", "max.compaction.lag.ms": "9"]
        #expect(code { _ = try TopicConfiguration(lags) } == .invalidConfig)
    }

    @Test("the broker tells its configs, read-only and each once")
    func brokerConfigs() throws {
        let entries = try open().describeConfiguration()
        #expect(!entries.contains { !$0.isReadOnly })
        #expect(Set(entries.map(\.name)).count == entries.count)
        #expect(entries.first { $0.name == "num.partitions" }?.value == "1")
        #expect(entries.first { $0.name == "log.retention.ms" }?.value == "604800000")
    }

    // MARK: Offsets

    @Test("offsets are looked up by time, also in compressed batches", arguments: Compression.allCases)
    func lookUp(codec: Compression) throws {
        let broker = try open()
        try broker.createTopic("a", configuration: ["segment.bytes": "1024"])
        let id = TopicPartition("a", 0)
        let partition = try broker.partition(id)
        func look(_ query: OffsetQuery) throws -> [Int64] {
            let found = try partition.lookUp(query, isolation: .readUncommitted)
            return [found.offset, found.timestamp, Int64(found.leaderEpoch)]
        }
        #expect(try look(.maxTimestamp) == [-1, -1, -1])
        #expect(try look(.latest) == [0, -1, 0])
        for batch in 0..<40 as Range<Int64> {
            try append([500 + batch * 10, 505 + batch * 10, 501 + batch * 10], to: broker, id, codec)
        }
        try append([100, 2_000, 300, 2_000], to: broker, id, codec)
        try append([1_000, 1_500], to: broker, id, codec)
        #expect(try look(.maxTimestamp) == [121, 2_000, 0])
        #expect(try look(.atOrAfter(Timestamp(506))) == [3, 510, 0])
        #expect(try look(.atOrAfter(Timestamp(511))) == [4, 515, 0])
        #expect(try look(.atOrAfter(Timestamp(1_900))) == [121, 2_000, 0])
        #expect(try look(.atOrAfter(Timestamp(2_001))) == [-1, -1, -1])
        #expect(try look(.latest) == [126, -1, 0])
        #expect(try broker.deleteRecords(of: id, before: 122) == Offset(122))
        #expect(try look(.earliest) == [122, -1, 0])
        #expect(try look(.maxTimestamp) == [123, 2_000, 0])
        #expect(try broker.deleteRecords(of: id, before: 124) == Offset(124))
        #expect(try look(.maxTimestamp) == [125, 1_500, 0])
        #expect([-1, -2, -3, -4, -5, -6, -7].map { OffsetQuery(timestamp: $0) == nil }.firstIndex(of: true) == 6)
        #expect(try partition.endOffset(ofEpoch: 0) == Offset(126))
        #expect(try partition.endOffset(ofEpoch: 1) == nil)
    }

    @Test("who reads committed is told of nothing behind the last stable offset")
    func lookUpCommitted() throws {
        let broker = try open()
        try broker.createTopic("a")
        let id = TopicPartition("a", 0)
        let partition = try broker.partition(id)
        try append([1], to: broker, id)
        let producer = try broker.initializeProducer(transactionalID: "t", timeout: .seconds(60))
        try broker.addToTransaction([id], transactionalID: "t", producer: producer)
        var builder = RecordBatchBuilder()
        builder.append(timestamp: Timestamp(5), key: nil, value: nil)
        builder.seal(producer: producer, baseSequence: 0, isTransactional: true)
        _ = try broker.append(builder.bytes, to: partition, transactionalID: "t", producer: producer)
        #expect(try partition.lookUp(.latest, isolation: .readCommitted).offset == 1)
        #expect(try partition.lookUp(.atOrAfter(Timestamp(2)), isolation: .readCommitted) == .none)
        #expect(try partition.lookUp(.atOrAfter(Timestamp(2)), isolation: .readUncommitted).offset == 1)
        #expect(try partition.slice(from: Offset(1), maxBytes: 100, isolation: .readCommitted).records == nil)
        _ = try broker.endTransaction(.abort, transactionalID: "t", producer: producer)
        let slice = try partition.slice(from: .zero, maxBytes: 10_000, isolation: .readCommitted)
        #expect(slice.records?.nextOffset == Offset(3) && slice.lastStableOffset == Offset(3))
        #expect(slice.aborted.map(\.firstOffset) == [Offset(1)])
    }

    @Test("records are deleted up to the high watermark, but not where compaction alone may")
    func deleteRecords() throws {
        let broker = try open()
        let id = TopicPartition("a", 0)
        try broker.createTopic("a")
        for _ in 0..<3 { try append([1_000_000], to: broker, id) }
        #expect(code { _ = try broker.deleteRecords(of: id, before: 4) } == .offsetOutOfRange)
        #expect(code { _ = try broker.deleteRecords(of: id, before: -2) } == .offsetOutOfRange)
        #expect(try broker.deleteRecords(of: id, before: 2) == Offset(2))
        #expect(try broker.deleteRecords(of: id, before: 1) == Offset(2))
        #expect(try broker.deleteRecords(of: id, before: -1) == Offset(3))
        try broker.alterTopic("a", set: ["cleanup.policy": "compact"])
        #expect(code { _ = try broker.deleteRecords(of: id, before: -1) } == .policyViolation)
        let sizes = try broker.describeLogDirectory().partitions
        #expect(sizes.contains { $0.id == id && $0.byteCount > 0 })
    }

    @Test("flush.messages syncs without being asked")
    func flushMessages() throws {
        var broker = try open()
        let id = TopicPartition("a", 0)
        try broker.createTopic("a", configuration: ["flush.messages": "3"])
        for _ in 0..<4 { try append([1_000_000], to: broker, id) }
        let survivor = disk.snapshotAfterCrash(seed: 1)
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        broker = try Broker(configuration, disk: survivor, clock: clock, entropy: SeededEntropy(seed: 5))
        #expect(try broker.partition(id).bounds().highWatermark.rawValue >= 3)
    }
}
