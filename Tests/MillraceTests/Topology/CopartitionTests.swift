import Millrace
import MillraceCore
import Testing

/// Which topics must have equally many partitions, and how many repartition topics get (SEMANTICS J2, J3).
@Suite("Co-partitioning")
struct CopartitionTests {
    private let strings = Consumed<String, String>(key: .string, value: .string)
    private let joined = Joined<String, String>(key: .string, value: .string)
    private let produced = Produced<String, String>(key: .string, value: .string)

    private func repartitioned(_ name: String, _ partitions: Int32? = nil) -> Repartitioned<String, String> {
        Repartitioned(name: name, partitions: partitions, key: .string, value: .string)
    }

    private func topology(_ describe: (StreamsBuilder) -> Void) throws -> Topology {
        let builder = StreamsBuilder()
        describe(builder)
        return try builder.build()
    }

    @Test("a repartition topic takes the count of the topic it is joined with, smaller or larger", arguments: [2, 12])
    func coerced(rows: Int32) throws {
        let topology = try topology { builder in
            builder.stream("in", strings).repartition(repartitioned("mine")).join(
                builder.table("rows", strings), joined
            ) {
                $0 + $1
            }.to("out", produced)
        }
        let counts = try topology.partitionCounts(external: ["in": 5, "rows": rows])
        #expect(counts[.repartition("mine")] == rows)
    }

    @Test("without an external topic the largest of what feeds them decides, over several steps")
    func derived() throws {
        let topology = try topology { builder in
            let small = builder.stream("small", strings).repartition(repartitioned("a"))
            let large = builder.stream("large", strings).repartition(repartitioned("b")).repartition(repartitioned("c"))
            small.merge(large).repartition(repartitioned("d")).toTable(.as("rows")).toStream().to("out", produced)
            large.join(small.toTable(), joined) { $0 + $1 }.to("joined", produced)
        }
        let counts = try topology.partitionCounts(external: ["small": 3, "large": 7])
        #expect(counts[.repartition("a")] == 7, "coerced by the join")
        #expect(counts[.repartition("b")] == 7)
        #expect(counts[.repartition("c")] == 7)
        #expect(counts[.repartition("d")] == 7)
    }

    @Test("counts that are given must agree with each other and with the topics beside them")
    func fixed() throws {
        func joining(_ left: Int32?, _ right: Int32?) throws -> Topology {
            try topology { builder in
                let rows = builder.stream("b", strings).repartition(repartitioned("right", right)).toTable()
                builder.stream("a", strings).repartition(repartitioned("left", left)).join(rows, joined) { $0 + $1 }
                    .to("out", produced)
            }
        }
        let external: [String: Int32] = ["a": 3, "b": 5]
        let both = try joining(4, 4).partitionCounts(external: external)
        #expect(both[.repartition("left")] == 4 && both[.repartition("right")] == 4)
        let one = try joining(nil, 2).partitionCounts(external: external)
        #expect(one[.repartition("left")] == 2 && one[.repartition("right")] == 2)
        let none = try joining(nil, nil).partitionCounts(external: external)
        #expect(none[.repartition("left")] == 5 && none[.repartition("right")] == 5)
        let conflict = try joining(4, 6)
        let error = #expect(throws: TopologyError.self) { try conflict.partitionCounts(external: external) }
        guard case .unequalPartitionCounts(_, let counts) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(
            counts == ["<application id>-left-repartition": 4, "<application id>-right-repartition": 6])
    }

    @Test("a repartition topic that is joined twice ties the topics of both joins together")
    func tied() throws {
        let topology = try topology { builder in
            let mine = builder.stream("in", strings).repartition(repartitioned("mine"))
            mine.join(builder.table("rows", strings), joined) { $0 + $1 }.to("out", produced)
            mine.join(builder.table("others", strings), joined) { $0 + $1 }.to("out2", produced)
        }
        let counts = try topology.partitionCounts(external: ["in": 1, "rows": 4, "others": 4])
        #expect(counts[.repartition("mine")] == 4)
        let error = #expect(throws: TopologyError.self) {
            try topology.partitionCounts(external: ["in": 1, "rows": 4, "others": 6])
        }
        #expect(error?.description.contains("others has 6, rows has 4") ?? false, "\(String(describing: error))")
        #expect(error?.description.contains(" and ") ?? false)
    }

    @Test("a merged topic stands in the joins of those that it replaces")
    func merged() throws {
        let topology = try topology { builder in
            let keyed = builder.stream("in", strings).selectKey { $1 }
            keyed.groupByKey(Grouped(key: .string, value: .string)).count().toStream().to("counts")
            keyed.join(builder.table("rows", strings), joined) { $0 + $1 }.to("out", produced)
        }
        #expect(topology.repartitionTopics.count == 1)
        let counts = try topology.partitionCounts(external: ["in": 2, "rows": 9])
        #expect(topology.repartitionTopics.map { counts[$0.reference] } == [9])
    }
}
