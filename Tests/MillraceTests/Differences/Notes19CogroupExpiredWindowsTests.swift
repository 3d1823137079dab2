import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("NOTES 19: a slow cogrouped stream is late for windows that have gone from the store, or starts them anew")
struct Notes19CogroupExpiredWindowsTests {
    private func results(_ semantics: Semantics, _ emission: EmissionPolicy) throws -> (rows: [String?], late: Int) {
        let builder = StreamsBuilder()
        let texts = Consumed<String, String>(key: .string, value: .string)
        builder.stream("fast", texts).groupByKey().cogroup { _, value, all in all + value }
            .cogroup(builder.stream("slow", texts).groupByKey()) { _, value, all in all + value }
            .windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
            .aggregate(initial: "", Materialized(value: .string))
            .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(
            try builder.build(), TestDriverConfiguration(emission: emission, semantics: semantics))
        let fast = driver.inputTopic("fast", key: .string, value: .string)
        let slow = driver.inputTopic("slow", key: .string, value: .string)
        try fast.send("k", "a", at: Timestamp(1))
        try slow.send("k", "b", at: Timestamp(2))
        try fast.send("k", "c", at: Timestamp(50))
        try slow.send("k", "d", at: Timestamp(3))
        let output = driver.outputTopic("out", key: .string, value: .string)
        return (try output.readAll().map(\.value), driver.droppedRecords[.late] ?? 0)
    }

    @Test("the record is late and counted", arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func millrace(emission: EmissionPolicy) throws {
        let (rows, late) = try results(.millrace, emission)
        #expect(rows == ["a", "ab", "c"])
        #expect(late == 1)
    }

    @Test("so it is in sliding windows and sessions", arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func sliding(emission: EmissionPolicy) throws {
        let (rows, late) = try rows(emission) { cogrouped in
            cogrouped.windowed(by: .sliding(difference: .milliseconds(10), grace: .zero))
                .aggregate(initial: "", Materialized(value: .string))
        }
        #expect(rows == ["[k@990/1000]": "a"])
        #expect(late == 1)
        let (sessions, lateForSessions) = try self.rows(emission) { cogrouped in
            cogrouped.windowed(by: .session(gap: .milliseconds(10), grace: .zero))
                .aggregate(initial: "", Materialized(value: .string)) { _, left, right in left + right }
        }
        #expect(sessions == ["[k@1000/1000]": "a"])
        #expect(lateForSessions == 1)
    }

    private func rows(
        _ emission: EmissionPolicy,
        _ describe: (CogroupedKStream<String, String>) -> KTable<Windowed<String>, String>
    ) throws -> (rows: [String: String], late: Int) {
        let builder = StreamsBuilder()
        let texts = Consumed<String, String>(key: .string, value: .string)
        let cogrouped = builder.stream("fast", texts).groupByKey().cogroup { _, value, all in all + value }
            .cogroup(builder.stream("slow", texts).groupByKey()) { _, value, all in all + value }
        describe(cogrouped).toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(
            try builder.build(), TestDriverConfiguration(emission: emission, semantics: .millrace))
        try driver.inputTopic("fast", key: .string, value: .string).send("k", "a", at: Timestamp(1_000))
        try driver.inputTopic("slow", key: .string, value: .string).send("k", "b", at: Timestamp(30))
        return (
            try driver.outputTopic("out", key: .string, value: .string).readTable(), driver.droppedRecords[.late] ?? 0
        )
    }

    @Test("Kafka Streams forwards a window that has lost what it had")
    func kafkaStreams() throws {
        let (rows, late) = try results(.kafkaStreams, .everyUpdate)
        #expect(rows == ["a", "ab", "c", "d"])
        #expect(late == 0)
    }
}
