import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("A versioned table")
struct VersionedTableOperatorTests {
    private static let names = Consumed<Int64, String>(key: .int64, value: .string)
    private static let out = Produced<Int64, String>(key: .int64, value: .string)

    private func driver(
        _ emission: EmissionPolicy = .everyUpdate, history: Int64 = 100, emptiesStoreMemory: Bool = true,
        _ describe: (KTable<Int64, String>, KStream<Int64, Order>) -> Void
    ) throws -> OperatorFixture {
        try OperatorFixture(emission, emptiesStoreMemory: emptiesStoreMemory) { builder, stream in
            let table = builder.table(
                "names", Self.names, materialized: .versioned("names", history: .milliseconds(history)))
            describe(table, stream)
        }
    }

    private func send(_ fixture: OperatorFixture, _ records: [(Int64?, String?, Int64)]) throws {
        let input = fixture.driver.inputTopic("names", key: .int64, value: .string)
        for (key, value, time) in records { try input.send(key, value, at: Timestamp(time)) }
    }

    private func out(_ fixture: OperatorFixture) throws -> [Record<Int64, String>] {
        try fixture.driver.outputTopic("out", key: .int64, value: .string).readAll()
    }

    @Test(
        "tells each accepted update, also those out of order, whatever the emission policy",
        arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func changes(emission: EmissionPolicy) throws {
        let fixture = try driver(emission) { table, _ in table.toStream().to("out", Self.out) }
        try send(
            fixture, [(1, "a", 100), (1, "b", 80), (nil, "x", 90), (2, "c", 250), (1, "late", 149), (1, "d", 150)])
        let records = try out(fixture)
        #expect(records.map(\.value) == ["a", "b", "c", "d"])
        #expect(records.map(\.timestamp) == [100, 80, 250, 150].map { Timestamp($0) })
        #expect(fixture.driver.droppedRecords == [.nullKey: 1, .late: 1])
        let store = try fixture.driver.store("names", VersionedStore<Int64, String>.self)
        #expect(try store.get(1)?.value == "d")
        #expect(try store.get(1, asOf: Timestamp(160)) == VersionedRecord("d", validFrom: Timestamp(150), validTo: nil))
    }

    @Test("groups take the latest update only; a filter tells every version that it takes away")
    func downstream() throws {
        let fixture = try driver(history: 500) { table, _ in
            table.groupBy(Grouped(key: .string, value: .string)) { key, name in (name, name) }
                .count().toStream().to("counts", Produced(key: .string, value: .int64))
            table.filter { _, name in name != "y" }.mapValues { name in name + "!" }.toStream().to("out", Self.out)
        }
        try send(fixture, [(1, "x", 100), (1, "y", 80), (2, "x", 90), (1, "y", 120), (2, nil, 50)])
        let counts = try fixture.driver.outputTopic("counts", key: .string, value: .int64).readAll()
        #expect(counts.map(\.key) == ["x", "x", "x", "y"])
        #expect(counts.map(\.value) == [1, 2, 1, 1])
        #expect(try out(fixture).map(\.value) == ["x!", nil, "x!", nil, nil])
    }

    @Test(
        "a stream meets the row as of its own time (F2); without versions the last by offset (F1)",
        arguments: [true, false])
    func joins(isVersioned: Bool) throws {
        let fixture = try OperatorFixture(emptiesStoreMemory: true) { builder, stream in
            let kept: Materialized<Int64, String> =
                isVersioned ? .versioned("names", history: .milliseconds(100)) : .as("names")
            let names = builder.table("names", Self.names, materialized: kept)
            let shown = names.filter { _, name in name != "hidden" }.mapValues { name in name + "!" }
            stream.leftJoin(shown) { order, name in "\(order.item)+\(name ?? "-")" }.to("out", Self.out)
        }
        try send(fixture, [(1, "old", 10), (1, "new", 60), (1, nil, 80), (1, "hidden", 90), (1, "between", 40)])
        for (index, time) in [5, 10, 39, 40, 60, 85, 95].enumerated() {
            try fixture.input.send(1, Order("\(index)"), at: Timestamp(Int64(time)))
        }
        let rows = try out(fixture).map { $0.value?.split(separator: "+").last.map(String.init) }
        #expect(
            rows
                == (isVersioned
                    ? ["-", "old!", "old!", "between!", "new!", "-", "-"] : Array(repeating: "between!", count: 7)))
    }

    @Test("comes back from its changelog with its versions")
    func crash() throws {
        let builder = StreamsBuilder()
        let names = builder.stream("names", Self.names).toTable(.versioned("names", history: .milliseconds(100)))
        builder.stream("in", OperatorFixture.orders)
            .leftJoin(names) { order, name in "\(order.item)+\(name ?? "-")" }.to("out", Self.out)
        let topology = try builder.build()
        let driver = try TopologyTestDriver(topology)
        let table = driver.inputTopic("names", key: .int64, value: .string)
        for (value, time) in [("a", 100), ("b", 150), (nil, 170), ("c", 120)] as [(String?, Int64)] {
            try table.send(1, value, at: Timestamp(time))
        }
        try driver.crash()
        let input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
        for time in [110, 120, 150, 169, 170, 200] as [Int64] {
            try input.send(1, Order("\(time)"), at: Timestamp(time))
        }
        let joined = try driver.outputTopic("out", key: .int64, value: .string).readAll().map(\.value)
        #expect(joined == ["110+a", "120+c", "150+b", "169+b", "170+-", "200+-"])
        #expect(topology.stores["names"]?.changelogConfiguration["min.compaction.lag.ms"] == "86400100")
    }

    @Test("is refused where it has no meaning, with the node's name")
    func refused() throws {
        func error(_ describe: (StreamsBuilder, KTable<Int64, String>, KStream<Int64, Order>) -> Void) -> String {
            let builder = StreamsBuilder()
            let table = builder.table(
                "names", Self.names, materialized: .versioned("names", history: .milliseconds(100)))
            describe(builder, table, builder.stream("in", OperatorFixture.orders))
            do {
                _ = try builder.build()
                return "none"
            } catch {
                return error.description
            }
        }
        let versioned = Materialized<Int64, Int64>.versioned("counts", history: .seconds(1))
        #expect(error { _, _, stream in _ = stream.groupByKey().count(versioned) }.contains("counts"))
        #expect(
            error { builder, _, _ in
                _ = builder.globalTable("g", Self.names, materialized: .versioned("g", history: .seconds(1)))
            }.contains("versioned"))
        #expect(
            error { _, table, _ in
                _ = table.suppress(.untilTimeLimit(.seconds(1), .unbounded))
            }.contains("suppressed"))
        #expect(
            error { _, table, stream in
                _ = stream.join(table, Joined(name: "j", grace: .milliseconds(101))) { _, name in name }
            }.contains("node j: a grace of"))
        #expect(
            error { builder, _, stream in
                let plain = builder.table("plain", Self.names)
                _ = stream.join(plain, Joined(name: "j", grace: .milliseconds(1))) { _, name in name }
            }.contains("versioned table"))
        #expect(
            error { builder, _, _ in
                _ = builder.table("t", Self.names, materialized: .versioned("t", history: .seconds(-1)))
            }.contains("negative"))
    }
}
