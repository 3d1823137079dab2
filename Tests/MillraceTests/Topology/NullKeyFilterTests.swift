import Millrace
import MillraceCore
import MillraceTesting
import Testing

/// Where records without a key go: `repartition` and changed keys drop them on their way into the topic, unless a join
/// that wants them comes somewhere behind (SEMANTICS B, NOTES 1).
@Suite("Null keys and repartition topics")
struct NullKeyFilterTests {
    private let text = Consumed<String, String>(key: .string, value: .string)

    /// Sends a record whose new key is nil, and one with a key, through `describe`.
    private func driver(
        _ describe: (KStream<String, String>, StreamsBuilder) -> KStream<String, String>
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        let keyed = builder.stream("in", text).nullable.selectKey { _, value in value == "none" ? nil : value }
        describe(keyed, builder).to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(try builder.build())
        let input = driver.inputTopic("in", key: .string, value: .string)
        try input.send("k", "none")
        try input.send("k", "a")
        return driver
    }

    private func values(_ driver: TopologyTestDriver) throws -> [String?] {
        try driver.outputTopic("out", key: .string, value: .string).readAll().map(\.value)
    }

    private func repartitioned(_ stream: KStream<String, String>) -> KStream<String, String> {
        stream.repartition(Repartitioned(key: .string, value: .string))
    }

    @Test("dropped before the topic, and not counted")
    func dropped() throws {
        let driver = try driver { stream, _ in repartitioned(stream) }
        #expect(try values(driver) == ["a"])
        #expect(driver.droppedRecords.isEmpty)
    }

    @Test("kept for a left join, also behind another topic", arguments: [1, 2, 3])
    func kept(topics: Int) throws {
        let driver = try driver { stream, builder in
            var stream = stream
            for _ in 1...topics { stream = repartitioned(stream) }
            return stream.leftJoin(builder.table("names", text), Joined()) { "\($0)+\($1 ?? "-")" }
        }
        #expect(try values(driver) == ["none+-", "a+-"])
    }

    @Test("kept as far as an aggregation, which counts them, if a left join comes behind that")
    func aggregated() throws {
        let driver = try driver { stream, builder in
            let counts = repartitioned(stream).groupByKey().reduce(Materialized(key: .string, value: .string)) { $1 }
            return repartitioned(counts.toStream())
                .leftJoin(builder.table("names", text), Joined()) { "\($0)+\($1 ?? "-")" }
        }
        #expect(try values(driver) == ["a+-"])
        #expect(driver.droppedRecords == [.nullKey: 1])
    }

    @Test("a topic of the user's in between is an end: nobody knows who else reads it")
    func throughTopic() throws {
        let driver = try driver { stream, builder in
            repartitioned(stream).to("between", Produced(key: .string, value: .string))
            return builder.stream("between", text).leftJoin(builder.table("names", text), Joined()) {
                "\($0)+\($1 ?? "-")"
            }
        }
        #expect(try values(driver) == ["a+-"])
    }
}
