import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Several sources of one topic")
struct MergedSourcesTests {
    private let text = Consumed<String, String>(key: .string, value: .string)

    private func refusal(_ describe: (StreamsBuilder) -> Void) -> TopologyError? {
        let builder = StreamsBuilder()
        describe(builder)
        return #expect(throws: TopologyError.self) { try builder.build() }
    }

    @Test("two streams share the first one's source node; each step gets every record once")
    func streams() throws {
        let builder = StreamsBuilder()
        let first = builder.stream("in", text)
        let second = builder.stream("in", text)
        second.mapValues { $0 + "2" }.to("out", Produced(key: .string, value: .string))
        first.mapValues { $0 + "1" }.to("out", Produced(key: .string, value: .string))
        first.merge(second).to("merged")
        first.merge(first).to("same")
        // The name of the second source is spent, but not used.
        let topology = try builder.build()
        #expect(topology.sourceTopics == ["in"])
        #expect(topology.subtopologies.count == 1)
        #expect(topology.nodes[0].name == "KSTREAM-SOURCE-0000000000")
        #expect(!topology.nodes.contains { $0.name == "KSTREAM-SOURCE-0000000001" })
        #expect(try builder.build().description == topology.description)

        let driver = try TopologyTestDriver(topology)
        try driver.inputTopic("in", key: .string, value: .string).send("k", "v")
        func values(_ topic: String) throws -> [String?] {
            try driver.outputTopic(topic, key: .string, value: .string).readAll().map(\.value)
        }
        #expect(try values("out") == ["v2", "v1"])
        #expect(try values("merged") == ["v"])
        #expect(try values("same") == ["v"])
    }

    @Test("the topic sets must be equal, in any order")
    func topicSets() throws {
        let builder = StreamsBuilder()
        builder.stream(topics: ["a", "b"], text).to("out")
        builder.stream(topics: ["b", "a"], text).to("out")
        #expect(try builder.build().sourceTopics == ["a", "b"])

        let error = refusal { builder in
            builder.stream(topics: ["a", "b"], text).to("out")
            builder.stream("b", text).to("out")
        }
        guard case .sourcesDisagree("b", ["KSTREAM-SOURCE-0000000000", "KSTREAM-SOURCE-0000000002"], _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a stream that becomes a table wins ties, whichever of the sources it came from")
    func tableTies() throws {
        let builder = StreamsBuilder()
        builder.stream("facts", text).join(
            builder.stream("rows", text).mapValues { $0 }.toTable(Materialized(key: .string, value: .string))
        ) { $0 + $1 }.to("out", Produced(key: .string, value: .string))
        _ = builder.stream("rows", text).toTable(.as("table"))
        #expect(try builder.build().nodes.first { $0.name == "KSTREAM-SOURCE-0000000001" }?.feedsTable == true)
    }

    @Test("types and extractors must agree; a table shares its topic with nobody")
    func disagreements() {
        let types = refusal { builder in
            builder.stream("in", text).to("out")
            builder.stream("in", Consumed(key: .string, value: .int64)).to("out")
        }
        #expect("\(types.map(String.init(describing:)) ?? "")".contains("Record<String, Int64>"))
        let extractors = refusal { builder in
            builder.stream("in", text).to("out")
            builder.stream("in", Consumed(key: .string, value: .string, timestampExtractor: .logAndSkip)).to("out")
        }
        #expect("\(extractors.map(String.init(describing:)) ?? "")".contains(".fail and .logAndSkip"))
        let tableAndStream = refusal { builder in
            _ = builder.table("in", text)
            builder.stream("in", text).to("out")
        }
        #expect(tableAndStream == .sourceTopicReused(topic: "in", node: "KSTREAM-SOURCE-0000000003"))
        let twoTables = refusal { builder in
            _ = builder.table("in", text)
            _ = builder.table("in", text)
        }
        #expect(twoTables == .sourceTopicReused(topic: "in", node: "KSTREAM-SOURCE-0000000004"))
    }
}
