import MillraceBroker
import MillraceCore
import MillraceSimulation
import Testing

@Suite("topics of a broker")
struct TopicTests {
    private func open(_ disk: any Disk) throws -> Broker {
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        return try Broker(
            configuration, disk: disk, clock: ManualClock(Timestamp(1)), entropy: SeededEntropy(seed: 1))
    }

    @Test("a topic keeps its partitions, configs and id over a restart; made again it gets another id")
    func restart() throws {
        let disk = SimulatedDisk(seed: 1)
        var broker = try open(disk)
        try broker.createTopic("a.b-c_1", partitionCount: 3, configuration: ["retention.ms": "5"])
        let made = try broker.describeTopic("a.b-c_1")
        try broker.alterTopic("a.b-c_1", set: ["cleanup.policy": "compact,delete"])
        try broker.close()
        broker = try open(disk)
        let found = try broker.describeTopic("a.b-c_1")
        #expect(found?.id == made?.id)
        #expect(found?.partitionCount == 3)
        #expect(found?.configuration.values == ["retention.ms": "5", "cleanup.policy": "compact,delete"])
        try broker.deleteTopic("a.b-c_1")
        #expect(try broker.describeTopic("a.b-c_1") == nil)
        try broker.createTopic("a.b-c_1")
        #expect(try broker.describeTopic("a.b-c_1")?.id != made?.id)
        #expect(try broker.listTopics() == ["__consumer_offsets", "__transaction_state", "a.b-c_1"])
    }

    @Test(
        "names that Kafka refuses are refused",
        arguments: ["", ".", "..", "a b", "ä", "a/b", String(repeating: "x", count: 250), "__consumer_offsets"])
    func names(name: String) throws {
        let broker = try open(SimulatedDisk(seed: 1))
        let thrown = #expect(throws: BrokerError.self) { try broker.createTopic(name) }
        #expect(thrown?.code == .invalidTopicException)
    }

    @Test(
        "unknown configs and impossible values are refused",
        arguments: [
            ("retention.msec", "1"), ("cleanup.policy", "shred"), ("segment.bytes", "many"),
            ("message.timestamp.type", "Now"), ("min.insync.replicas", "2"),
        ])
    func configs(name: String, value: String) throws {
        let broker = try open(SimulatedDisk(seed: 1))
        let thrown = #expect(throws: BrokerError.self) {
            try broker.createTopic("t", configuration: [name: value])
        }
        #expect(thrown?.code == .invalidConfig)
        #expect(try broker.describeTopic("t") == nil)
    }

    @Test("a topic that was deleted is gone for those who hold its partitions, also after a power loss")
    func deletion() throws {
        let disk = SimulatedDisk(seed: 2)
        let broker = try open(disk)
        try broker.createTopic("t")
        let partition = try broker.partition(TopicPartition("t", 0))
        var builder = RecordBatchBuilder(capacity: 256)
        builder.append(timestamp: Timestamp(1), key: nil, value: nil)
        builder.seal()
        _ = try broker.append(builder.bytes, to: partition)
        try broker.deleteTopic("t")
        let thrown = #expect(throws: BrokerError.self) { _ = try partition.bounds() }
        #expect(thrown?.code == .unknownTopicOrPartition)
        disk.crash()
        let reopened = try open(disk)
        #expect(try reopened.describeTopic("t") == nil)
        try reopened.createTopic("t")
        #expect(try reopened.partition(TopicPartition("t", 0)).bounds().highWatermark == .zero)
    }

    @Test("a failed sync makes the partition refuse everything until the directory is opened again")
    func failedSync() throws {
        let disk = SimulatedDisk(seed: 3)
        do {
            let broker = try open(disk)
            try broker.createTopic("t")
            let partition = try broker.partition(TopicPartition("t", 0))
            var builder = RecordBatchBuilder(capacity: 256)
            builder.append(timestamp: Timestamp(1), key: nil, value: nil)
            builder.seal()
            _ = try broker.append(builder.bytes, to: partition)
            disk.setErrorRate(.sync, onceIn: 1)
            #expect(throws: BrokerError.self) { try partition.sync() }
            disk.setErrorRate(.sync, onceIn: 0)
            #expect(throws: BrokerError.self) { try partition.sync() }
            disk.killProcess()
        }
        let broker = try open(disk)
        let partition = try broker.partition(TopicPartition("t", 0))
        _ = try partition.bounds()
        try partition.sync()
    }
}
