import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Aggregates of streams and tables")
struct AggregateOperatorTests {
    private let text = Consumed<String, String>(key: .string, value: .string)

    private func driver(
        _ semantics: Semantics = .millrace, _ emission: EmissionPolicy = .everyUpdate,
        handlers: ErrorHandlers = ErrorHandlers(), _ describe: (StreamsBuilder) -> Void
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        describe(builder)
        return try TopologyTestDriver(
            builder.build(), TestDriverConfiguration(emission: emission, semantics: semantics, handlers: handlers))
    }

    /// The groups of a table that has just got its first rows, counted by value.
    private func regroupedCounts(_ semantics: Semantics) throws -> [String: Int64] {
        let driver = try self.driver(semantics) { builder in
            builder.stream("in", text).groupByKey().count().mapValues { _, _ in "same" }
                .groupBy(Grouped(key: .string, value: .string)) { _, value in (value, value) }
                .count().toStream().to("out")
        }
        let input = driver.inputTopic("in", key: .string, value: .string)
        for key in ["a", "b", "c"] { try input.send(key, "x") }
        return try driver.outputTopic("out", key: .string, value: .int64).readTable()
    }

    @Test("C10: the initial value is an old value under .kafkaStreams only")
    func initialValueLeak() throws {
        #expect(try regroupedCounts(.millrace) == ["same": 3])
        let leaky = try driver(.kafkaStreams) { builder in
            builder.stream("in", text).groupByKey().count().groupBy(Grouped(key: .string, value: .int64)) { _, count in
                ("all", count)
            }.count().toStream().to("out")
        }
        let input = leaky.inputTopic("in", key: .string, value: .string)
        for key in ["a", "b", "c"] { try input.send(key, "x") }
        // Each new user takes out a row that never was.
        #expect(try leaky.outputTopic("out", key: .string, value: .int64).readAll().map(\.value) == [1, 1, 1])
    }

    @Test("coalesced: one change a commit, with the value of the last commit as the old one")
    func coalesced() throws {
        let driver = try self.driver(.millrace, .coalesced) { builder in
            builder.stream("in", text).groupByKey().count().toStream().to("out")
        }
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send("a", "x", at: Timestamp(5))
        try input.send("a", "x", at: Timestamp(3))
        let records = try driver.outputTopic("out", key: .string, value: .int64).readAll()
        #expect(records.map(\.value) == [1, 2])
        #expect(records.map(\.timestamp.millisecondsSinceEpoch) == [5, 5])
    }

    @Test("a closure that throws costs its own node's output only")
    func processingError() throws {
        struct Refused: Error {}
        let driver = try self.driver(handlers: ErrorHandlers(processing: { _ in .skip })) { builder in
            let stream = builder.stream("in", text)
            stream.mapValues { value in
                if value == "bad" { throw Refused() }
                return value
            }.to("mapped", Produced(key: .string, value: .string))
            stream.to("all")
        }
        let input = driver.inputTopic("in", key: .string, value: .string)
        for value in ["good", "bad"] { try input.send("k", value) }
        #expect(try driver.outputTopic("mapped", key: .string, value: .string).readAll().map(\.value) == ["good"])
        #expect(try driver.outputTopic("all", key: .string, value: .string).readAll().map(\.value) == ["good", "bad"])
        #expect(driver.droppedRecords[.processingError] == 1)
    }

    @Test("a plain closure that meets a null stops the application, naming the node")
    func unexpectedNull() throws {
        let driver = try driver { builder in
            builder.stream("in", text).filter(name: "long") { _, value in value.count > 3 }.to("out")
        }
        let error = #expect(throws: StreamsProcessingError.self) {
            try driver.inputTopic("in", key: .string, value: .string).send("k", nil)
        }
        #expect(error?.record.node == "long")
        #expect(error?.record.error as? UnexpectedNull == UnexpectedNull(.value))
    }

    @Test("windows: late records are dropped window by window and counted")
    func lateRecords() throws {
        let driver = try driver { builder in
            builder.stream("in", text).groupByKey()
                .windowed(by: .hopping(size: .milliseconds(10), advance: .milliseconds(5), grace: .milliseconds(2)))
                .count().toStream { window, _ in window.description }.to(
                    "out", Produced(key: .string, value: .int64))
        }
        let input = driver.inputTopic("in", key: .string, value: .string)
        for time in [7, 13, 8, 6] as [Int64] { try input.send("k", "v", at: Timestamp(time)) }
        let records = try driver.outputTopic("out", key: .string, value: .int64).readAll()
        #expect(
            records.map(\.key) == [
                "[k@0/10]", "[k@5/15]", "[k@5/15]", "[k@10/20]", "[k@5/15]", "[k@5/15]",
            ])
        #expect(records.map(\.value) == [1, 1, 2, 1, 3, 4])
        #expect(driver.droppedRecords[.late] == 2)
    }
}
