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

    @Test("Kafka Streams forwards a window that has lost what it had")
    func kafkaStreams() throws {
        let (rows, late) = try results(.kafkaStreams, .everyUpdate)
        #expect(rows == ["a", "ab", "c", "d"])
        #expect(late == 0)
    }
}
