import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("NOTES 15: a suppressed row goes on with what was told as its old value, not with what was held back")
struct Notes15SuppressOldValueTests {
    /// Vector 99-h008: rows counted by their value behind a suppression.
    private func counts(_ semantics: Semantics) throws -> [String: Int64] {
        let builder = StreamsBuilder()
        builder.table("in", Consumed(key: .string, value: .string))
            .suppress(.untilTimeLimit(.milliseconds(10)))
            .groupBy(Grouped(key: .string, value: .string)) { _, value in (value, value) }
            .count().toStream().to("out")
        let driver = try TopologyTestDriver(
            try builder.build(), TestDriverConfiguration(emission: .everyUpdate, semantics: semantics))
        let input = driver.inputTopic("in", key: .string, value: .string)
        let script: [(key: String, value: String, time: Int64)] = [
            ("a", "x", 0), ("a", "y", 5), ("b", "x", 20), ("a", "x", 21), ("b", "y", 22), ("a", "y", 25),
            ("c", "z", 60),
            ("c", "z", 80),
        ]
        for (key, value, time) in script { try input.send(key, value, at: Timestamp(time)) }
        return try driver.outputTopic("out", key: .string, value: .int64).readTable()
    }

    @Test("groups are counted once")
    func millrace() throws {
        #expect(try counts(.millrace) == ["y": 2, "z": 1])
    }

    @Test("Kafka Streams subtracts values that it never added")
    func kafkaStreams() throws {
        #expect(try counts(.kafkaStreams) == ["y": 3, "z": 1])
    }
}
