import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@Suite("consume, produce, commit: the embedded cluster end to end")
struct EmbeddedPipelineTests {
    private let input = TopicPartition("in", 0)
    private let output = TopicPartition("out", 0)

    private func fixture(_ disk: any Disk) throws -> ClusterFixture {
        let fixture = try ClusterFixture(disk)
        if try fixture.cluster.admin.describeTopic("in") == nil {
            try fixture.cluster.admin.createTopic(TopicSpecification(name: "in", partitionCount: 2))
            try fixture.cluster.admin.createTopic(TopicSpecification(name: "out", partitionCount: 2))
        }
        return fixture
    }

    /// Copies what a subscribed consumer gets to the output, one transaction a poll, until nothing comes.
    private func copy(
        _ fixture: ClusterFixture, _ consumer: any ClusterConsumer, _ producer: any ClusterProducer
    ) throws -> Int {
        var copied = 0
        var idlePolls = 0
        var batches: [FetchedBatches] = []
        while idlePolls < 3 {
            if try consumer.poll(maxWait: .zero, into: &batches) != nil { continue }
            guard !batches.isEmpty, let group = consumer.groupMetadata else {
                idlePolls += 1
                continue
            }
            idlePolls = 0
            try producer.beginTransaction()
            for fetched in batches {
                let values = try fetched.values()
                try producer.send(values, to: TopicPartition("out", fetched.partition.partition))
                copied += values.count
            }
            let positions = batches.map { ($0.partition, CommittedOffset($0.nextOffset, metadata: "m")) }
            try producer.sendOffsets(Dictionary(positions) { $1 }, group: group)
            try producer.commitTransaction()
        }
        return copied
    }

    @Test("a group copies exactly once over a restart", arguments: [true, false])
    func restart(inOrder: Bool) throws {
        let disk = SimulatedDisk(seed: 5)
        for round in 0..<3 {
            let fixture = try fixture(disk)
            let source = try fixture.producer()
            try source.send((0..<10).map { "\(round)-\($0)" }, to: input)
            try source.flush()
            let consumer = try fixture.consumer(group: "g")
            try consumer.subscribe(to: ["in"], assignor: RangeAssignor())
            let producer = try fixture.producer("copy-0")
            #expect(try copy(fixture, consumer, producer) == 10, "round \(round)")
            #expect(try consumer.committed([input], maxWait: .seconds(10))[input]?.metadata == "m")
            if inOrder {
                consumer.close()
                try fixture.broker.close()
            } else {
                disk.killProcess()
            }
        }
        let fixture = try fixture(disk)
        let expected = (0..<3).flatMap { round in (0..<10).map { "\(round)-\($0)" } }
        #expect(try fixture.values(of: [output])[output] == expected)
    }

    @Test("offsets of an old generation are refused inside a transaction")
    func generationFence() throws {
        let fixture = try fixture(SimulatedDisk(seed: 6))
        let consumer = try fixture.consumer(group: "g")
        try consumer.subscribe(to: ["in"], assignor: RangeAssignor())
        var batches: [FetchedBatches] = []
        while consumer.groupMetadata == nil { _ = try consumer.poll(maxWait: .zero, into: &batches) }
        guard var group = consumer.groupMetadata else { return }
        group.generation -= 1
        let producer = try fixture.producer("t")
        try producer.beginTransaction()
        let thrown = #expect(throws: ClusterError.self) {
            try producer.sendOffsets([input: CommittedOffset(Offset(1))], group: group)
        }
        #expect(thrown?.code == .illegalGeneration)
        try producer.abortTransaction()
        #expect(try consumer.committed([input], maxWait: .seconds(10)).isEmpty)
    }

    @Test("offsets of an aborted transaction do not count, those of an open one hold the reader back")
    func pendingOffsets() throws {
        let fixture = try fixture(SimulatedDisk(seed: 7))
        let group = GroupMetadata(groupID: "g", generation: -1, memberID: "")
        let producer = try fixture.producer("t")
        for (offset, outcome) in [(1, TransactionOutcome.commit), (2, .abort)] {
            try producer.beginTransaction()
            try producer.sendOffsets([input: CommittedOffset(Offset(Int64(offset)))], group: group)
            let unstable = #expect(throws: BrokerError.self) {
                _ = try fixture.broker.committedOffsets(of: [input], group: "g", requiresStable: true)
            }
            #expect(unstable?.code == .unstableOffsetCommit)
            if outcome == .commit { try producer.commitTransaction() } else { try producer.abortTransaction() }
            let committed = try fixture.cluster.admin.committedOffsets(group: "g", partitions: [input])
            #expect(committed == [input: CommittedOffset(Offset(1))])
        }
    }

    @Test("a second process is kept out of a data directory that is in use")
    func lock() throws {
        let disk = SimulatedDisk(seed: 8)
        let first = try fixture(disk)
        let thrown = #expect(throws: BrokerError.self) { _ = try ClusterFixture(disk) }
        #expect(thrown?.message.contains("in use") == true)
        try first.broker.close()
        _ = try ClusterFixture(disk)
    }

    @Test("a data directory of an unknown version is refused by name")
    func version() throws {
        let disk = SimulatedDisk(seed: 9)
        let file = try {
            try disk.createDirectory("/data")
            return try disk.open("/data/meta.properties", create: true)
        }()
        let text = Array("version=9\n".utf8)
        try file.write(at: 0, text.span.bytes)
        let thrown = #expect(throws: BrokerError.self) { _ = try ClusterFixture(disk) }
        #expect(thrown?.code == .unsupportedVersion)
        #expect(thrown?.message.contains("9") == true)
    }
}
