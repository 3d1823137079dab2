import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Timestamps in the future")
struct MaxFutureSkewTests {
    private func driver(_ skew: MaxFutureSkew?) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string))
            .to("out", Produced(key: .string, value: .string))
        return try TopologyTestDriver(
            try builder.build(), .init(startTime: Timestamp(1_000_000), maxFutureSkew: skew))
    }

    /// Timestamps of what comes out for four records, the third of them two minutes ahead.
    private func times(_ driver: TopologyTestDriver) throws -> [Int64] {
        let input = driver.inputTopic("in", key: .string, value: .string)
        for time in [5, 1_060_000, 1_120_000, 6] as [Int64] { try input.send("a", "x", at: Timestamp(time)) }
        return try driver.outputTopic("out", key: .string, value: .string).readAll()
            .map(\.timestamp.millisecondsSinceEpoch)
    }

    @Test("are taken as they are unless a limit is set")
    func unlimited() throws {
        let driver = try driver(nil)
        #expect(try times(driver) == [5, 1_060_000, 1_120_000, 6])
        #expect(driver.streamTime == Timestamp(1_120_000))
    }

    @Test("are dropped beyond the limit, counted, and do not move stream time")
    func rejected() throws {
        let driver = try driver(.reject(beyond: .seconds(60)))
        #expect(try times(driver) == [5, 1_060_000, 6])
        #expect(driver.droppedRecords == [.future: 1])
        #expect(driver.streamTime == Timestamp(1_060_000))
        try driver.advanceWallClock(by: .seconds(60))
        try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(1_120_000))
        #expect(driver.streamTime == Timestamp(1_120_000), "what was the future has come")
    }

    @Test("go to dead letters as they came, with the reason")
    func deadLetters() throws {
        let driver = try driver(.deadLetter(topic: "dead", beyond: .seconds(60)))
        #expect(try times(driver) == [5, 1_060_000, 6])
        #expect(driver.droppedRecords == [.future: 1])
        let letter = try driver.outputTopic("dead", key: .string, value: .string).read()
        #expect(letter?.value == "x" && letter?.timestamp == Timestamp(1_120_000))
        #expect(letter?.headers.last("__millrace.offset") == Array("2".utf8))
        let reason = String(decoding: letter?.headers.last("__millrace.error") ?? [], as: UTF8.self)
        #expect(reason.contains("1120000") && reason.contains("1060000"))
    }

    @Test("are moved back to the limit")
    func clamped() throws {
        let driver = try driver(.clamp(to: .seconds(60)))
        #expect(try times(driver) == [5, 1_060_000, 1_060_000, 6])
        #expect(driver.droppedRecords == [:])
    }

    @Test("pass in topics that the application writes itself: they were looked at when they came in")
    func internalTopics() throws {
        let builder = StreamsBuilder()
        _ = builder.stream("in", Consumed(key: .string, value: .string)).process { Ahead($0) }
            .groupBy(Grouped(key: .string, value: .string)) { _, value in value }.count(.as("counts"))
        let driver = try TopologyTestDriver(
            try builder.build(), .init(maxFutureSkew: .reject(beyond: .seconds(60))))
        try driver.inputTopic("in", key: .string, value: .string).send("a", "x", at: Timestamp(5))
        #expect(driver.droppedRecords == [:])
        #expect(try driver.store("counts", KeyValueStore<String, Int64>.self).value(for: "x") == 1)
    }

    /// Passes records on with a time an hour later.
    private final class Ahead: Processor {
        let context: ProcessorContext<String, String>

        init(_ context: ProcessorContext<String, String>) { self.context = context }

        func process(_ record: Record<String, String>) throws {
            var later = record
            later.timestamp = record.timestamp.advanced(byMilliseconds: 3_600_000)
            try context.forward(later)
        }
    }
}
