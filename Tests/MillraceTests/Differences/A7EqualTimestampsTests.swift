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

    @Test(
        "millrace: the table's, then those of streams, in whatever order they came",
        arguments: [["in", "rows", "other"], ["other", "in", "rows"], ["rows", "in", "other"]])
    func millrace(sent: [String]) throws {
        let found = try values(.millrace, sent: sent)
        #expect(found == ["in+rows", "other+rows"])
    }

    @Test(
        "kafkaStreams: the one that came first, then what its heap gives",
        arguments: [
            (["in", "rows", "other"], ["in+-", "other+-"]), (["other", "in", "rows"], ["other+-", "in+rows"]),
            (["rows", "in", "other"], ["other+rows", "in+rows"]),
        ])
    func kafkaStreams(sent: [String], expected: [String]) throws {
        let found = try values(.kafkaStreams, sent: sent)
        #expect(found == expected)
    }
}
