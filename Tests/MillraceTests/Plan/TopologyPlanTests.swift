import Millrace
import MillraceCore
import MillraceStores
import Testing

/// What becomes of state when a program changes (SEMANTICS J1, J5).
@Suite("Topology.plan")
struct TopologyPlanTests {
    private let strings = Consumed<String, String>(key: .string, value: .string)
    private let grouped = Grouped<String, String>(key: .string, value: .string)

    private func topology(
        naming: TopologyNaming = .structural, _ describe: (StreamsBuilder) -> Void
    ) throws -> Topology {
        let builder = StreamsBuilder(naming: naming)
        describe(builder)
        return try builder.build()
    }

    private func counting(_ store: String? = nil, filtered: Bool = false) -> (StreamsBuilder) -> Void {
        { builder in
            var lines = builder.stream("lines", strings)
            if filtered { lines = lines.filter { _, value in !value.isEmpty } }
            lines.groupBy(grouped) { $1 }.count(Materialized(as: store, key: .string, value: .int64))
                .toStream().to("counts")
        }
    }

    @Test("the lock is a stable text that can be read again")
    func text() throws {
        let lock = try topology(counting()).lock(partitionCounts: ["lines": 4, "other": 2])
        let text = try lock.text()
        #expect(
            text == """
                {
                  "format" : 1,
                  "partitionCounts" : {
                    "lines" : 4
                  },
                  "repartitionTopics" : [
                    {
                      "name" : "lines-rekeyed",
                      "partitionCount" : 4,
                      "structure" : "lines-rekeyed"
                    }
                  ],
                  "stores" : [
                    {
                      "changelog" : "<application id>-lines-rekeyed-aggregate-changelog",
                      "keySerde" : "StringSerde",
                      "kind" : "keyValue",
                      "name" : "lines-rekeyed-aggregate",
                      "structure" : "lines-rekeyed-aggregate",
                      "valueSerde" : "IntegerSerde<Int64>"
                    }
                  ],
                  "subtopologies" : [
                    {
                      "id" : 0,
                      "sinks" : [
                        "<application id>-lines-rekeyed-repartition"
                      ],
                      "sources" : [
                        "lines"
                      ],
                      "stores" : [

                      ]
                    },
                    {
                      "id" : 1,
                      "sinks" : [
                        "counts"
                      ],
                      "sources" : [
                        "<application id>-lines-rekeyed-repartition"
                      ],
                      "stores" : [
                        "lines-rekeyed-aggregate"
                      ]
                    }
                  ]
                }

                """)
        #expect(try TopologyLock(text: text) == lock)
        #expect(throws: TopologyLockError.self) { try TopologyLock(text: "{}") }
        #expect(throws: TopologyLockError.self) {
            try TopologyLock(text: text.replacing("\"format\" : 1", with: "\"format\" : 9"))
        }
    }

    @Test("a stateless step keeps everything")
    func kept() throws {
        let lock = try topology(counting()).lock()
        let plan = try topology(counting(filtered: true)).plan(against: lock)
        #expect(plan.stores == [.kept("lines-rekeyed-aggregate")])
        #expect(plan.repartitionTopics == [.kept("lines-rekeyed")])
        #expect(plan.keepsEverything && !plan.isRefused)
    }

    @Test("positional names: the same step shows as a store of another name, with what to do")
    func positional() throws {
        let old = "KSTREAM-AGGREGATE-STATE-STORE-0000000002"
        let new = "KSTREAM-AGGREGATE-STATE-STORE-0000000003"
        let lock = try topology(naming: .kafkaStreams, counting()).lock()
        let plan = try topology(naming: .kafkaStreams, counting(filtered: true)).plan(against: lock)
        #expect(plan.stores == [.renamed(from: old, to: new)])
        #expect(plan.repartitionTopics == [.renamed(from: old, to: new)])
        #expect(!plan.keepsEverything)
        #expect(plan.description.contains("Materialized(as: \"\(old)\")"))
        // Done as it says, the state is kept; so is that of a program that comes over from positional names.
        #expect(
            try topology(naming: .kafkaStreams, counting(old, filtered: true)).plan(against: lock).stores == [
                .kept(old)
            ])
        #expect(
            try topology(counting()).plan(against: lock).stores == [.renamed(from: old, to: "lines-rekeyed-aggregate")])
        #expect(try topology(counting(old)).plan(against: lock).stores == [.kept(old)])
    }

    @Test("stores that go, come, and change what they hold")
    func changes() throws {
        let lock = try topology { builder in
            let lines = builder.stream("lines", strings).groupByKey(grouped)
            _ = lines.count(.as("counts"))
            _ = lines.reduce(.as("last")) { $1 }
            _ = lines.windowed(by: .tumbling(size: .seconds(1), grace: .zero)).count(.as("windows"))
            _ = builder.table("rows", strings, materialized: .as("rows"))
        }.lock()
        #expect(lock.stores.first { $0.name == "rows" }?.changelog == "rows")
        let plan = try topology { builder in
            let lines = builder.stream("lines", strings).groupByKey(grouped)
            _ = lines.count(.as("windows"))
            _ = lines.aggregate(initial: "", Materialized(as: "counts", key: .string, value: .string)) { $1 + $2 }
            _ = builder.stream("others", strings).groupByKey(grouped).reduce(.as("last")) { $1 }
            _ = lines.windowed(by: .tumbling(size: .seconds(1), grace: .zero)).reduce(.as("fresh")) { $1 }
        }.plan(against: lock)
        #expect(plan.stores.count == 5)
        guard case .rebuilt("counts", let values) = plan.stores[0], case .rebuilt("last", let step) = plan.stores[1],
            case .orphaned("rows") = plan.stores[2], case .rebuilt("windows", let kind) = plan.stores[3],
            case .new("fresh") = plan.stores[4]
        else {
            Issue.record("\(plan)")
            return
        }
        #expect(values.contains("IntegerSerde<Int64>") && values.contains("StringSerde"))
        #expect(step.contains("others-reduce"))
        #expect(kind.contains("window"))
    }

    @Test("two stores of one structure that both lose their names: nobody can tell which was which")
    func ambiguous() throws {
        func twice(_ first: String, _ second: String) -> (StreamsBuilder) -> Void {
            { builder in
                let lines = builder.stream("lines", strings).groupByKey(grouped)
                _ = lines.count(.as(first))
                _ = lines.count(.as(second))
            }
        }
        let lock = try topology(twice("a", "b")).lock()
        let plan = try topology(twice("c", "d")).plan(against: lock)
        #expect(
            plan.stores == [
                .orphaned("a"), .orphaned("b"), .ambiguous("c", candidates: ["a", "b"]),
                .ambiguous("d", candidates: ["a", "b"]),
            ])
    }

    @Test("a changed partition count is refused, with the stores that it would break")
    func partitions() throws {
        let topology = try topology(counting("counts"))
        let lock = topology.lock(partitionCounts: ["lines": 4])
        #expect(!topology.plan(against: lock, partitionCounts: ["lines": 4]).isRefused)
        #expect(!topology.plan(against: lock).isRefused, "unknown counts are not compared")
        let plan = topology.plan(against: lock, partitionCounts: ["lines": 6])
        #expect(plan.refusals.count == 1)
        #expect(plan.description.contains("topic lines had 4 partitions, now it has 6"))
        #expect(plan.description.contains("new application id"))
    }

    @Test("a sub-topology that gets another number is told")
    func renumbered() throws {
        let lock = try topology(counting("counts")).lock()
        let plan = try topology { builder in
            builder.stream("first", strings, name: "A").to("out")
            counting("counts")(builder)
        }.plan(against: lock)
        #expect(plan.stores == [.kept("counts")])
        #expect(plan.notes == ["sub-topology 1 has become 2: its stores are restored from their changelogs once"])
    }
}

extension StreamsBuilder {
    fileprivate func stream(
        _ topic: String, _ consumed: Consumed<String, String>, name: String
    ) -> KStream<String, String> { stream(topic, Consumed(key: .string, value: .string, name: name)) }
}
