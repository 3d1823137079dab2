import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Joins of tables")
struct TableJoinOperatorTests {
    enum Kind: CaseIterable { case inner, left, outer }

    /// Two tables of texts, `left` and `right`, and their join in `out`.
    struct Fixture {
        let driver: TopologyTestDriver
        let left: TestInputTopic<Int64, String>
        let right: TestInputTopic<Int64, String>

        init(
            _ kind: Kind, store: String? = nil, emission: EmissionPolicy = .everyUpdate,
            semantics: Semantics = .millrace, reaction: ErrorReaction = .fail
        ) throws {
            let builder = StreamsBuilder()
            let left = builder.table("left", Consumed(key: .int64, value: .string))
            let right = builder.table("right", Consumed(key: .int64, value: .string))
            let materialized = store.map { Materialized<Int64, String>(as: $0, key: .int64, value: .string) }
            let joined: KTable<Int64, String> =
                switch kind {
                case .inner:
                    left.join(right, materialized, name: "j") { left, right in try Fixture.text(left, right) }
                case .left: left.leftJoin(right, materialized, name: "j", Fixture.text)
                case .outer: left.outerJoin(right, materialized, name: "j", Fixture.text)
                }
            joined.toStream().to("out", Produced(key: .int64, value: .string))
            driver = try TopologyTestDriver(
                builder.build(),
                TestDriverConfiguration(
                    emission: emission, semantics: semantics, handlers: ErrorHandlers(processing: { _ in reaction }),
                    emptiesStoreMemory: true))
            self.left = driver.inputTopic("left", key: .int64, value: .string)
            self.right = driver.inputTopic("right", key: .int64, value: .string)
        }

        static func text(_ left: String?, _ right: String?) throws -> String? {
            if left == "refused" { throw Refused() }
            if left == "none" { return nil }
            return "\(left ?? "-")+\(right ?? "-")"
        }

        func out() throws -> [Record<Int64, String>] {
            try driver.outputTopic("out", key: .int64, value: .string).readAll()
        }
    }

    @Test(
        "either side's update gives a result with the larger timestamp (A10, G2)", arguments: Kind.allCases,
        [nil, "results"])
    func updates(kind: Kind, store: String?) throws {
        let fixture = try Fixture(kind, store: store)
        try fixture.left.send(1, "a", at: Timestamp(10))
        try fixture.right.send(1, "x", at: Timestamp(5))
        try fixture.right.send(2, "y", at: Timestamp(20))
        try fixture.right.send(1, nil, at: Timestamp(30))
        try fixture.left.send(1, nil, at: Timestamp(2))
        let out = try fixture.out()
        switch kind {
        case .inner:
            #expect(out.map(\.value) == ["a+x", nil])
            #expect(out.map(\.timestamp) == [Timestamp(10), Timestamp(30)])
        case .left:
            #expect(out.map(\.value) == ["a+-", "a+x", "a+-", nil])
            #expect(out.map(\.timestamp) == [Timestamp(10), Timestamp(10), Timestamp(30), Timestamp(2)])
        case .outer:
            #expect(out.map(\.value) == ["a+-", "a+x", "-+y", "a+-", nil])
            #expect(out.map(\.key) == [1, 1, 2, 1, 1])
        }
        if let store {
            let results = try fixture.driver.store(store, KeyValueStore<Int64, String>.self)
            #expect(try results.all().map(\.key) == (kind == .outer ? [2] : []))
        }
    }

    @Test("a joiner that throws costs the update; null keys are dropped")
    func errors() throws {
        let fixture = try Fixture(.left, reaction: .skip)
        try fixture.left.send(1, "refused")
        try fixture.left.send(nil, "a")
        try fixture.left.send(1, "b")
        try fixture.left.send(1, "none")
        #expect(try fixture.out().map(\.value) == ["b+-", nil])
        #expect(fixture.driver.droppedRecords == [.processingError: 1, .nullKey: 1])
    }

    /// Two tables updated by the same record and joined; the join is grouped, so that old results count.
    @Test(
        "an old result is the one that went out, also where both sides wait for the commit (H5)",
        arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func oldValues(emission: EmissionPolicy) throws {
        let fixture = try OperatorFixture(emission) { builder, stream in
            let grouped = stream.groupByKey()
            let counts = grouped.count()
            let sums = grouped.aggregate(initial: Int64(0), Materialized(value: .int64)) { _, order, sum in
                sum + order.amount
            }
            let names = builder.table("names", Consumed(key: .int64, value: .string))
            counts.mapValues { $0 * 100 }.join(sums, name: "counts-and-sums") { count, sum in count + sum }
                .leftJoin(names, name: "named") { number, name in (name ?? "?") + "\(number)" }
                .groupBy(Grouped(key: .string, value: .string)) { _, text in (text, text) }
                .count(.as("groups"))
                .toStream().to("out", Produced(key: .string, value: .int64))
        }
        let names = fixture.driver.inputTopic("names", key: .int64, value: .string)
        for key: Int64 in [1, 2, 1, 1] { try fixture.input.send(key, Order("a", 5)) }
        try names.send(1, "ada")
        try names.send(2, "eve")
        try fixture.input.send(2, Order("a", 6))
        try names.send(1, nil)
        let groups = try fixture.driver.store("groups", KeyValueStore<String, Int64>.self).all()
        #expect(groups.filter { $0.value.value != 0 }.map(\.key) == ["?315", "eve211"])
        #expect(groups.allSatisfy { 0...1 ~= $0.value.value })
    }

    /// The same of windows of one time.
    @Test(
        "an old result of windows is the one that went out, too",
        arguments: [EmissionPolicy.everyUpdate, .coalesced], ["time", "sliding", "session"])
    func oldValuesOfWindows(emission: EmissionPolicy, windows: String) throws {
        let fixture = try OperatorFixture(emission) { builder, stream in
            let grouped = stream.groupByKey()
            let sum = { @Sendable (_: Int64, order: Order, sum: Int64) in sum + order.amount }
            let numbers = Materialized<Int64, Int64>(value: .int64)
            let counts: KTable<Windowed<Int64>, Int64>
            let sums: KTable<Windowed<Int64>, Int64>
            switch windows {
            case "time":
                let windowed = grouped.windowed(by: .tumbling(size: .seconds(10), grace: .zero))
                counts = windowed.count()
                sums = windowed.aggregate(initial: 0, numbers, sum)
            case "sliding":
                let windowed = grouped.windowed(by: .sliding(difference: .seconds(10), grace: .zero))
                counts = windowed.count()
                sums = windowed.aggregate(initial: 0, numbers, sum)
            default:
                let windowed = grouped.windowed(by: .session(gap: .seconds(10), grace: .zero))
                counts = windowed.count()
                sums = windowed.aggregate(initial: 0, numbers, merger: { _, left, right in left + right }, sum)
            }
            counts.join(sums, name: "both") { count, sum in "\(count)*\(sum)" }
                .groupBy(Grouped(key: .string, value: .string)) { _, text in (text, text) }
                .count(.as("groups"))
                .toStream().to("out", Produced(key: .string, value: .int64))
        }
        for amount: Int64 in [5, 6, 7] { try fixture.input.send(1, Order("a", amount), at: Timestamp(5)) }
        let groups = try fixture.driver.store("groups", KeyValueStore<String, Int64>.self).all()
        #expect(groups.filter { $0.value.value != 0 }.map(\.key) == ["3*18"])
        #expect(groups.allSatisfy { 0...1 ~= $0.value.value })
    }

    @Test("joined tables are copartitioned and connected to each other's stores, with Kafka Streams' names")
    func description() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        let left = builder.table("left", Consumed(key: .string, value: .string))
        let right = builder.table("right", Consumed(key: .string, value: .string))
        left.outerJoin(right) { left, right in "\(left ?? "")\(right ?? "")" }
            .toStream().to("out", Produced(key: .string, value: .string))
        let topology = try builder.build()
        #expect(
            topology.description == """
                Topologies:
                   Sub-topology: 0
                    Source: KSTREAM-SOURCE-0000000001 (topics: [left])
                      --> KTABLE-SOURCE-0000000002
                    Source: KSTREAM-SOURCE-0000000004 (topics: [right])
                      --> KTABLE-SOURCE-0000000005
                    Processor: KTABLE-SOURCE-0000000002 (stores: [left-STATE-STORE-0000000000])
                      --> KTABLE-JOINTHIS-0000000007
                      <-- KSTREAM-SOURCE-0000000001
                    Processor: KTABLE-SOURCE-0000000005 (stores: [right-STATE-STORE-0000000003])
                      --> KTABLE-JOINOTHER-0000000008
                      <-- KSTREAM-SOURCE-0000000004
                    Processor: KTABLE-JOINOTHER-0000000008 (stores: [left-STATE-STORE-0000000000])
                      --> KTABLE-MERGE-0000000006
                      <-- KTABLE-SOURCE-0000000005
                    Processor: KTABLE-JOINTHIS-0000000007 (stores: [right-STATE-STORE-0000000003])
                      --> KTABLE-MERGE-0000000006
                      <-- KTABLE-SOURCE-0000000002
                    Processor: KTABLE-MERGE-0000000006 (stores: [])
                      --> KTABLE-TOSTREAM-0000000009
                      <-- KTABLE-JOINTHIS-0000000007, KTABLE-JOINOTHER-0000000008
                    Processor: KTABLE-TOSTREAM-0000000009 (stores: [])
                      --> KSTREAM-SINK-0000000010
                      <-- KTABLE-MERGE-0000000006
                    Sink: KSTREAM-SINK-0000000010 (topic: out)
                      <-- KTABLE-TOSTREAM-0000000009


                """)
        #expect(
            throws: TopologyError.unequalPartitionCounts(
                node: "KTABLE-MERGE-0000000006", counts: ["left": 2, "right": 3])
        ) {
            _ = try topology.partitionCounts(external: ["left": 2, "right": 3])
        }
    }
}
