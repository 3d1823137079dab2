import Millrace
import MillraceCore
import MillraceTesting
import Testing

/// One change of the key, several groupings and joins behind it: one repartition topic (Kafka Streams'
/// `mergeRepartitionTopics`).
@Suite("Merged repartition topics")
struct MergedTopicsTests {
    private let strings = Consumed<String, String>(key: .string, value: .string)
    private let grouped = Grouped<String, String>(key: .string, value: .string)
    private let joined = Joined<String, String>(key: .string, value: .string)

    private func program(_ builder: StreamsBuilder) {
        let words = builder.stream("lines", strings).selectKey { _, word in word }
        let table = builder.table("rows", strings)
        words.groupByKey(grouped).count(.as("counts")).toStream().to("counts", Produced(key: .string, value: .int64))
        words.filter { _, value in value != "b" }.peek { _, _ in }.groupByKey(grouped)
            .reduce(.as("last")) { _, new in new }.toStream().to("last", Produced(key: .string, value: .string))
        words.join(table, joined) { left, right in left + right }.to("joined", Produced(key: .string, value: .string))
    }

    private func outputs(_ topology: Topology) throws -> [String] {
        let driver = try TopologyTestDriver(topology)
        defer { driver.close() }
        let rows = driver.inputTopic("rows", key: .string, value: .string)
        let lines = driver.inputTopic("lines", key: .string, value: .string)
        try rows.send("a", "1", at: Timestamp(1))
        try rows.send("b", "2", at: Timestamp(2))
        for (index, word) in ["a", "b", "a", "c", "b"].enumerated() {
            try lines.send("x", word, at: Timestamp(Int64(10 + index)))
        }
        let counts = try driver.outputTopic("counts", key: .string, value: .int64).readTable()
        let last = try driver.outputTopic("last", key: .string, value: .string).readTable()
        let joined = try driver.outputTopic("joined", key: .string, value: .string).readTable()
        return ["\(counts.sorted { $0.key < $1.key })", "\(last.sorted { $0.key < $1.key })"]
            + ["\(joined.sorted { $0.key < $1.key })"]
    }

    @Test("share one topic, with the same results", arguments: [TopologyNaming.structural, .kafkaStreams])
    func merged(naming: TopologyNaming) throws {
        let apart = StreamsBuilder(naming: naming, optimization: TopologyOptimization.none)
        program(apart)
        let together = StreamsBuilder(naming: naming, optimization: .all)
        program(together)
        #expect(try apart.build().repartitionTopics.count == 3)
        let topology = try together.build()
        #expect(topology.repartitionTopics.map(\.reference) == [.repartition("counts")])
        #expect(topology.subtopologies.count == 2)
        #expect(topology.copartitionGroups[0].topics == [.repartition("counts"), .external("rows")])
        let expected = try outputs(apart.build())
        #expect(try outputs(topology) == expected)
        #expect(try outputs(together.build()) == expected, "the builder can be built again")
        #expect(expected[0].contains("\"a\", value: 2") && expected[1].contains("a") && !expected[1].contains("\"b\""))
    }

    @Test(
        "two tables and another stream joined with one re-keyed stream build in both namings",
        arguments: [TopologyNaming.structural, .kafkaStreams])
    func joinsOfOneStream(naming: TopologyNaming) throws {
        let builder = StreamsBuilder(naming: naming, optimization: TopologyOptimization.none)
        let words = builder.stream("lines", strings).selectKey { _, word in word }
        let rows = builder.table("rows", strings)
        let others = builder.table("others", strings)
        let out = Produced<String, String>(key: .string, value: .string)
        words.join(rows, joined) { left, right in left + right }.to("out", out)
        words.leftJoin(others, joined) { left, right in left + (right ?? "-") }.to("out", out)
        words.join(
            builder.stream("more", strings), within: .symmetric(.seconds(1), grace: .zero),
            StreamJoined(key: .string, left: .string, right: .string)
        ) { left, right in left + right }.to("out", out)
        let topology = try builder.build()
        #expect(topology.repartitionTopics.count == 1)
        let driver = try TopologyTestDriver(topology)
        defer { driver.close() }
        try driver.inputTopic("rows", key: .string, value: .string).send("a", "1", at: Timestamp(1))
        try driver.inputTopic("more", key: .string, value: .string).send("a", "2", at: Timestamp(2))
        try driver.inputTopic("lines", key: .string, value: .string).send("x", "a", at: Timestamp(3))
        let values = try driver.outputTopic("out", key: .string, value: .string).readAll().map { $0.value ?? "" }
        #expect(values.sorted() == ["a-", "a1", "a2"])
    }

    @Test("steps that something else hangs below stay where they are, with the topic behind them")
    func sharedStep() throws {
        let builder = StreamsBuilder()
        let words = builder.stream("lines", strings).nullable.selectKey { _, word in word == "none" ? nil : word }
        let kept = words.nullable.filter { _, value in value != "b" }
        kept.to("kept", Produced(key: .string, value: .string))
        _ = kept.groupByKey(grouped).count()
        _ = words.groupByKey(grouped).count()
        let topology = try builder.build()
        #expect(topology.repartitionTopics.count == 2)
        let driver = try TopologyTestDriver(topology)
        defer { driver.close() }
        let lines = driver.inputTopic("lines", key: .string, value: .string)
        for word in ["a", "none", "b"] { try lines.send("x", word) }
        // What has no key is lost behind a repartition topic only.
        #expect(try driver.outputTopic("kept", key: .string, value: .string).readAll().map(\.value) == ["a", "none"])
    }

    @Test("right behind a change of values too, unless Kafka Streams' rules are asked for")
    func behindValues() throws {
        for (naming, count) in [(TopologyNaming.structural, 1), (.kafkaStreams, 2)] {
            let builder = StreamsBuilder(naming: naming, optimization: .all)
            let words = builder.stream("lines", strings).selectKey { $1 }.mapValues { $0 + "!" }
            _ = words.groupByKey(grouped).count()
            _ = words.groupByKey(grouped).reduce { $1 }
            #expect(try builder.build().repartitionTopics.count == count)
        }
    }

    @Test("serdes that may write other bytes, partitions of their own and different keys keep topics apart")
    func apart() throws {
        let builder = StreamsBuilder()
        let words = builder.stream("lines", strings).selectKey { $1 }
        _ = words.groupByKey(grouped).count()
        _ = words.groupByKey(Grouped(key: Upper(), value: .string)).count()
        _ = words.groupByKey(Grouped(key: Suffixed(suffix: "1"), value: .string)).count()
        _ = words.groupByKey(Grouped(key: Suffixed(suffix: "2"), value: .string)).count()
        _ = words.repartition(Repartitioned(partitions: 3, key: .string, value: .string)).groupByKey(grouped).count()
        _ = words.groupBy(grouped) { $1 }.count()
        #expect(try builder.build().repartitionTopics.count == 6)
    }

    private struct Upper: Serde {
        func serialize(_ value: String, into writer: inout ByteWriter) { writer.append(utf8: value.uppercased()) }
        func deserialize(_ bytes: RawSpan) throws -> String { StringSerde().deserialize(bytes) }
    }

    private struct Suffixed: Serde {
        let suffix: String
        func serialize(_ value: String, into writer: inout ByteWriter) { writer.append(utf8: value + suffix) }
        func deserialize(_ bytes: RawSpan) throws -> String { StringSerde().deserialize(bytes) }
    }

    @Test("null keys go through a shared topic where a left join behind it wants them")
    func nullKeys() throws {
        let builder = StreamsBuilder()
        let words = builder.stream("lines", strings).nullable.selectKey { _, word in word == "none" ? nil : word }
        let table = builder.table("rows", strings)
        words.leftJoin(table, joined) { left, right in left + (right ?? "?") }
            .to("joined", Produced(key: .string, value: .string))
        words.groupByKey(grouped).count(.as("counts")).toStream().to("counts", Produced(key: .string, value: .int64))
        let topology = try builder.build()
        #expect(topology.repartitionTopics.count == 1)
        let driver = try TopologyTestDriver(topology)
        defer { driver.close() }
        let lines = driver.inputTopic("lines", key: .string, value: .string)
        for word in ["a", "none"] { try lines.send("x", word) }
        #expect(
            try driver.outputTopic("joined", key: .string, value: .string).readAll().map(\.value) == ["a?", "none?"])
        #expect(try driver.outputTopic("counts", key: .string, value: .int64).readTable() == ["a": Int64(1)])
    }
}
