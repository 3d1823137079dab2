import Foundation
import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("TopologyTestDriver")
struct TopologyTestDriverTests {
    typealias Text = Record<String, String>

    /// `in` in upper case to `out`.
    private func upperCase(_ configuration: TestDriverConfiguration = .init()) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .nullable.mapValues { _, value in value?.uppercased() }
            .to("out", Produced(key: .string, value: .string))
        return try TopologyTestDriver(try builder.build(), configuration)
    }

    private func count(_ configuration: TestDriverConfiguration = .init()) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .groupBy(Grouped(key: .string, value: .string)) { _, value in value }
            .count(.as("counts"))
            .toStream().to("out", Produced(key: .string, value: .int64))
        return try TopologyTestDriver(try builder.build(), configuration)
    }

    @Test("records come out with key, time and headers; nulls stay nulls")
    func records() throws {
        let driver = try upperCase()
        let input = driver.inputTopic("in", key: .string, value: .string)
        let output = driver.outputTopic("out", key: .string, value: .string)
        #expect(try output.read() == nil)
        let headers = Headers([Header("h", "1")])
        try input.send("a", "x", at: Timestamp(7), headers: headers)
        try input.send(nil, nil, at: Timestamp(3))
        #expect(output.count == 2)
        #expect(try output.read() == Text(key: "a", value: "X", timestamp: Timestamp(7), headers: headers))
        #expect(try output.read() == Text(key: nil, value: nil, timestamp: Timestamp(3)))
        #expect(output.isEmpty)
        #expect(driver.streamTime == Timestamp(7))
        #expect(driver.producedTopics == ["out"])
    }

    @Test("an input topic keeps its own time for records that bring none")
    func inputTime() throws {
        let driver = try upperCase()
        let input = driver.inputTopic(
            "in", key: .string, value: .string, startingAt: Timestamp(100), advancingBy: .milliseconds(10))
        try input.send("a", "1")
        try input.send("a", "2")
        try input.send("a", "3", at: Timestamp(5))
        input.advanceTime(by: .seconds(1))
        try input.send("a", "4")
        let times = try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.timestamp)
        #expect(times == [100, 110, 5, 1_120].map { Timestamp($0) })
    }

    @Test("a record goes through repartition topics before send returns", arguments: [false, true])
    func repartition(coalesced: Bool) throws {
        let driver = try count(.init(emission: coalesced ? .coalesced : .everyUpdate))
        let input = driver.inputTopic("in", key: .string, value: .string)
        let output = driver.outputTopic("out", key: .string, value: .int64)
        for (key, value) in [("a", "x"), ("b", "y"), ("c", "x")] { try input.send(key, value) }
        #expect(try output.readAll().map(\.value) == [1, 1, 2])
        try input.send("d", "y")
        try input.send("d", "x")
        #expect(try output.readTable() == ["x": 3, "y": 2])
        #expect(driver.producedTopics == ["out"])
    }

    @Test("stores can be read and filled", arguments: [false, true])
    func stores(inRocksDB: Bool) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("driver-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let driver = try count(.init(stateDirectory: inRocksDB ? directory.path : nil, emptiesStoreMemory: inRocksDB))
        #expect(driver.storeNames == ["counts"])
        let counts = try driver.store("counts", KeyValueStore<String, Int64>.self)
        try counts.put("x", 41, at: Timestamp(1))
        try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(2))
        #expect(try counts.get("x") == ValueAndTimestamp(42, at: Timestamp(2)))
        let changelog = driver.outputTopic("test-counts-changelog", key: .string, value: .int64)
        #expect(try changelog.readAll().map(\.value) == [41, 42])
        #expect(throws: TestDriverError.unknownStore(name: "other", stores: ["counts"])) {
            try driver.store("other", KeyValueStore<String, Int64>.self)
        }
        #expect(throws: TestDriverError.self) { try driver.store("counts", KeyValueStore<String, String>.self) }
        driver.close()
    }

    @Test("topics that the topology writes and reads are fed back, lowest timestamp first")
    func feedback() throws {
        let builder = StreamsBuilder()
        let source = builder.stream("in", Consumed(key: .string, value: .string))
        source.mapValues { $0 + "1" }.to("late", Produced(key: .string, value: .string))
        source.mapValues { $0 + "2" }.to("early", Produced(key: .string, value: .string))
        let late = builder.stream("late", Consumed(key: .string, value: .string))
        builder.stream(
            "early",
            Consumed(
                key: .string, value: .string,
                timestampExtractor: .custom { record, _ in record.timestamp.advanced(byMilliseconds: -1) })
        ).merge(late).to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build())
        try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(5))
        let output = driver.outputTopic("out", key: .string, value: .string)
        #expect(try output.readAll().map(\.value) == ["x2", "x1"])
        #expect(try driver.outputTopic("late", key: .string, value: .string).readAll().count == 1)
    }

    @Test("an error stops the topology; a skipped record is counted")
    func errors() throws {
        struct Refused: Error {}
        func driver(_ reaction: ErrorReaction) throws -> TopologyTestDriver {
            let builder = StreamsBuilder()
            builder.stream("in", Consumed(key: .string, value: .string))
                .mapValues { value in
                    if value == "bad" { throw Refused() }
                    return value
                }.to("out", Produced(key: .string, value: .string))
            return try TopologyTestDriver(
                try builder.build(), .init(handlers: ErrorHandlers(processing: { _ in reaction })))
        }
        let failing = try driver(.fail)
        let input = failing.inputTopic("in", key: .string, value: .string)
        #expect(throws: StreamsProcessingError.self) { try input.send("a", "bad") }
        #expect(throws: TestDriverError.self) { try input.send("a", "good") }

        let skipping = try driver(.skip)
        let other = skipping.inputTopic("in", key: .string, value: .string)
        try other.send("a", "bad")
        try other.send("a", "good")
        #expect(skipping.droppedRecords == [.processingError: 1])
        #expect(try skipping.outputTopic("out", key: .string, value: .string).readAll().map(\.value) == ["good"])
    }

    @Test("a topic that the topology does not read is refused")
    func unknownTopic() throws {
        let driver = try upperCase()
        #expect(throws: TestDriverError.notASource(topic: "inn", sources: ["in"])) {
            try driver.inputTopic("inn", key: .string, value: .string).send("a", "b")
        }
    }
}
