import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("A7: which of a task's records of equal timestamps is taken first")
struct A7EqualTimestampsTests {
    /// What comes out where a record of each topic waits, all with the same timestamp.
    private func values(_ semantics: Semantics, sent: [String]) throws -> [String?] {
        let builder = StreamsBuilder()
        let rows = builder.table("rows", Consumed(key: .string, value: .string))
        builder.stream("in", Consumed(key: .string, value: .string))
            .merge(builder.stream("other", Consumed(key: .string, value: .string)))
            .leftJoin(rows) { value, row in "\(value)+\(row ?? "-")" }
            .to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(
            builder.build(), TestDriverConfiguration(semantics: semantics, processesOnSend: false))
        defer { driver.close() }
        for topic in sent {
            try driver.inputTopic(topic, key: .string, value: .string).send("k", topic, at: Timestamp(10))
        }
        try driver.processAll()
        return try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.value)
    }

    @Test("millrace: the table's, then those of streams, in whatever order they came")
    func millrace() throws {
        let expected = ["in+rows", "other+rows"]
        #expect(try values(.millrace, sent: ["in", "rows", "other"]) == expected)
        #expect(try values(.millrace, sent: ["other", "in", "rows"]) == expected)
        #expect(try values(.millrace, sent: ["rows", "in", "other"]) == expected)
    }

    @Test("kafkaStreams: the one that came first, then what its heap gives")
    func kafkaStreams() throws {
        #expect(try values(.kafkaStreams, sent: ["in", "rows", "other"]) == ["in+-", "other+-"])
        #expect(try values(.kafkaStreams, sent: ["other", "in", "rows"]) == ["other+-", "in+rows"])
        #expect(try values(.kafkaStreams, sent: ["rows", "in", "other"]) == ["other+rows", "in+rows"])
    }
}
