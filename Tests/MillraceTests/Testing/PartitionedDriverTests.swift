import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("TopologyTestDriver with several partitions")
struct PartitionedDriverTests {
    typealias Counts = KeyValueStore<String, Int64>

    /// Words of `in` counted by word, through a repartition topic.
    private func driver(_ configuration: TestDriverConfiguration) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .groupBy(Grouped(key: .string, value: .string, name: "words")) { _, word in word }
            .count(.as("counts"))
            .toStream().to("out", Produced(key: .string, value: .int64))
        return try TopologyTestDriver(try builder.build(), configuration)
    }

    private let words = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"]

    @Test("one task for each sub-topology and partition; repartition topics follow their sources")
    func tasks() throws {
        let driver = try driver(.init(partitions: .counts(["in": 3])))
        #expect(driver.taskIDs.map(\.description) == ["0_0", "0_1", "0_2", "1_0", "1_1", "1_2"])
        #expect(driver.partitionCount(of: "test-words-repartition") == 3)
        #expect(driver.partitionCount(of: "test-counts-changelog") == 3)
        #expect(driver.partitionCount(of: "out") == 1)
    }

    @Test("one partition and one task unless partitions are asked for")
    func single() throws {
        #expect(try driver(.init()).taskIDs.map(\.description) == ["0_0"])
        #expect(try driver(.init(partitions: .counts())).taskIDs.map(\.description) == ["0_0", "1_0"])
    }

    @Test("keys choose partitions as Kafka's producers do, in topics, stores and outputs")
    func placement() throws {
        let driver = try driver(.init(partitions: .counts(["in": 2, "out": 4], others: 1)))
        let input = driver.inputTopic("in", key: .string, value: .string)
        for word in words { try input.send("key", word) }
        var held = 0
        for partition in Int32(0)..<2 {
            for (word, _) in try driver.store("counts", Counts.self, partition: partition).all() {
                #expect(Murmur2.partition(key: Array(word.utf8).span.bytes, of: 2) == partition)
                held += 1
            }
        }
        #expect(held == words.count)
        let produced = try driver.outputTopic("out", key: .string, value: .int64).readAllWithPartitions()
        #expect(Set(produced.map(\.partition)).count > 1)
        for (partition, record) in produced {
            #expect(Murmur2.partition(key: Array((record.key ?? "").utf8).span.bytes, of: 4) == partition)
        }
    }

    @Test("a record can be sent to a partition of one's choice; stream time is each task's own")
    func choice() throws {
        let driver = try driver(.init(partitions: .counts(["in": 2])))
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send("key", "ant", at: Timestamp(10), partition: 1)
        try input.send("key", "ant", at: Timestamp(5), partition: 0)
        #expect(driver.streamTime(of: TaskID(subtopology: 0, partition: 0)) == Timestamp(5))
        #expect(driver.streamTime(of: TaskID(subtopology: 0, partition: 1)) == Timestamp(10))
        #expect(driver.streamTime == Timestamp(10))
        #expect(throws: TestDriverError.unknownPartition(topic: "in", partition: 2, count: 2)) {
            try input.send("key", "ant", partition: 2)
        }
    }

    @Test("records without a key take turns")
    func turns() throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build(), .init(partitions: .counts(["in": 2])))
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send(nil, "ant", at: Timestamp(1))
        try input.send(nil, "ant", at: Timestamp(2))
        #expect(driver.streamTime(of: TaskID(subtopology: 0, partition: 0)) == Timestamp(1))
        #expect(driver.streamTime(of: TaskID(subtopology: 0, partition: 1)) == Timestamp(2))
    }

    @Test("without a commit nothing is seen, by tests or by other tasks")
    func commitsByHand() throws {
        let driver = try driver(.init(partitions: .counts(["in": 2]), commits: .byHand))
        let input = driver.inputTopic("in", key: .string, value: .string)
        let output = driver.outputTopic("out", key: .string, value: .int64)
        try input.send("key", "ant")
        #expect(output.isEmpty && driver.waitingRecords == 0)
        try driver.commit()
        #expect(output.isEmpty, "the second task has counted, but not committed")
        try driver.commit()
        #expect(try output.readTable() == ["ant": 1])
    }

    @Test("commits after so many records")
    func commitsEvery() throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).groupByKey().count(.as("counts"))
            .toStream().to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(
            try builder.build(), .init(emission: .coalesced, commits: .every(records: 3)))
        let input = driver.inputTopic("in", key: .string, value: .string)
        let output = driver.outputTopic("out", key: .string, value: .int64)
        for expected in [0, 0, 1, 1, 1, 2] {
            try input.send("key", "x")
            #expect(output.count == expected)
        }
        #expect(try output.readAll().map(\.value) == [3, 6])
    }

    @Test("a crash takes back what is not committed and nothing else", arguments: [false, true])
    func crash(oneTask: Bool) throws {
        let driver = try driver(.init(partitions: oneTask ? .single : .counts(["in": 2]), commits: .byHand))
        let input = driver.inputTopic("in", key: .string, value: .string)
        let output = driver.outputTopic("out", key: .string, value: .int64)
        for word in words { try input.send("key", word, at: Timestamp(9)) }
        try driver.commit()
        try driver.commit()
        #expect(output.count == 8)
        for word in words.prefix(4) { try input.send("key", word, at: Timestamp(4)) }
        try driver.crash()
        #expect(output.count == 8)
        #expect(driver.streamTime == Timestamp(9), "the committed time comes back")
        try driver.commit()
        try driver.commit()
        let table = try output.readTable()
        #expect(table == Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0 < 4 ? 2 : 1) }))
    }

    @Test("one task can crash alone; the others keep what they have not committed")
    func crashOfOne() throws {
        let driver = try driver(.init(partitions: .counts(["in": 1]), commits: .byHand))
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send("key", "ant")
        try driver.commit()
        try input.send("key", "bee")
        try driver.crash(TaskID(subtopology: 1, partition: 0))
        #expect(try driver.store("counts", Counts.self).value(for: "ant") == 1, "read again at once")
        try driver.commit(TaskID(subtopology: 0, partition: 0))
        #expect(try driver.store("counts", Counts.self).value(for: "bee") == 1)
    }

    @Test("a topology that an error has stopped goes on after a crash")
    func crashAfterError() throws {
        struct Refused: Error {}
        let isBroken = Monitor(false)
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .mapValues { value in
                if isBroken.withLock({ $0 }) { throw Refused() }
                return value
            }.to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build())
        let input = driver.inputTopic("in", key: .string, value: .string)
        isBroken.withLock { $0 = true }
        #expect(throws: StreamsProcessingError.self) { try input.send("a", "1") }
        isBroken.withLock { $0 = false }
        try driver.crash()
        #expect(try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.value) == ["1"])
    }

    @Test("the same seed interleaves alike, other seeds otherwise; the tables are the same")
    func interleaving() throws {
        func run(_ interleaving: TestInterleaving) throws -> (order: [String], table: [String: Int64]) {
            let driver = try driver(
                .init(partitions: .counts(["in": 3]), interleaving: interleaving, processesOnSend: false))
            let input = driver.inputTopic("in", key: .string, value: .string)
            for index in 0..<40 { try input.send("\(index)", words[index % 8], at: Timestamp(Int64(index))) }
            #expect(driver.waitingRecords == 40)
            try driver.processAll()
            let records = try driver.outputTopic("out", key: .string, value: .int64).readAll()
            var table: [String: Int64] = [:]
            for record in records { if let key = record.key { table[key] = record.value } }
            return (records.map { "\($0.key ?? "")@\($0.timestamp.millisecondsSinceEpoch)" }, table)
        }
        let first = try run(.random(seed: 1))
        #expect(try run(.random(seed: 1)).order == first.order)
        #expect(try run(.random(seed: 2)).order != first.order)
        for seed in UInt64(2)..<6 { #expect(try run(.random(seed: seed)).table == first.table) }
        #expect(try run(.inOrder).table == first.table)
        #expect(first.table == Dictionary(uniqueKeysWithValues: words.map { ($0, 5) }))
    }

    @Test("records can be processed one by one")
    func stepping() throws {
        let driver = try driver(.init(partitions: .counts(["in": 1]), processesOnSend: false))
        try driver.inputTopic("in", key: .string, value: .string).send("key", "ant")
        let output = driver.outputTopic("out", key: .string, value: .int64)
        #expect(try driver.processNext() && output.isEmpty)
        #expect(try driver.processNext() && output.count == 1)
        #expect(try !driver.processNext())
    }

    @Test("joined topics must have as many partitions")
    func unequalCounts() throws {
        let builder = StreamsBuilder()
        let table = builder.table("right", Consumed(key: .string, value: .string))
        builder.stream("left", Consumed(key: .string, value: .string)).join(table) { $0 + $1 }
            .to("out", Produced(key: .string, value: .string))
        let topology = try builder.build()
        #expect(throws: TopologyError.self) {
            try TopologyTestDriver(topology, .init(partitions: .counts(["left": 2, "right": 3])))
        }
    }
}
