import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Aggregates over time windows")
struct WindowedAggregateOperatorTests {
    private func fixture<Value>(
        _ emission: EmissionPolicy = .everyUpdate, reaction: ErrorReaction = .fail, size: Int64 = 10,
        advance: Int64 = 10, grace: Int64 = 0, value: some Serde<Value>,
        _ aggregate: @escaping (TimeWindowedKStream<Int64, Order>) -> KTable<Windowed<Int64>, Value>
    ) throws -> (fixture: OperatorFixture, out: TestOutputTopic<Windowed<Int64>, Value>) {
        let fixture = try OperatorFixture(emission, reaction: reaction, emptiesStoreMemory: true) {
            _, stream in
            aggregate(
                stream.groupByKey().windowed(
                    by: .hopping(
                        size: .milliseconds(size), advance: .milliseconds(advance), grace: .milliseconds(grace))
                )
            ).toStream().to("out")
        }
        let key = TimeWindowedSerde(AnySerde(IntegerSerde<Int64>()), size: .milliseconds(size))
        return (fixture, fixture.driver.outputTopic("out", key: key, value: value))
    }

    private func lines<Value>(_ topic: TestOutputTopic<Windowed<Int64>, Value>) throws -> [String] {
        try topic.readAll().map { record in
            let key = record.key.map { "\($0)" } ?? "nil"
            let value = record.value.map { "\($0)" } ?? "nil"
            return "\(key) \(value) @\(record.timestamp.millisecondsSinceEpoch)"
        }
    }

    @Test(
        "tumbling windows begin at multiples of their size",
        arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func tumbling(emission: EmissionPolicy) throws {
        let (fixture, out) = try fixture(emission, grace: 5, value: .int64) { $0.count() }
        for time in [0, 9, 3, 10, 14, 9] as [Int64] {
            try fixture.input.send(-7, Order("x"), at: Timestamp(time))
        }
        #expect(
            try lines(out) == [
                "[-7@0/10] 1 @0", "[-7@0/10] 2 @9", "[-7@0/10] 3 @9", "[-7@10/20] 1 @10",
                "[-7@10/20] 2 @14",
                "[-7@0/10] 4 @9",
            ])
        // With stream time at 15 the window [0, 10) and its grace are over (C2).
        try fixture.input.send(8, Order("x"), at: Timestamp(15))
        try fixture.input.send(-7, Order("x"), at: Timestamp(9))
        #expect(try lines(out) == ["[8@10/20] 1 @15"])
        #expect(fixture.driver.droppedRecords == [.late: 1])
    }

    @Test("hopping windows overlap, and none starts before the epoch (C1)")
    func hopping() throws {
        let (fixture, out) = try fixture(advance: 4, value: .int64) { $0.count() }
        try fixture.input.send(1, Order("x"), at: Timestamp(5))
        try fixture.input.send(1, Order("x"), at: Timestamp(12))
        #expect(
            try lines(out) == [
                "[1@0/10] 1 @5", "[1@4/14] 1 @5", "[1@4/14] 2 @12", "[1@8/18] 1 @12", "[1@12/22] 1 @12",
            ])
    }

    @Test(
        "null keys are dropped, null values counted; plain closures fail on them, nullable ones see them (B)"
    )
    func nulls() throws {
        let (counting, counts) = try fixture(value: .int64) { $0.count() }
        try counting.input.send(nil, Order("x"))
        try counting.input.send(1, nil)
        #expect(try lines(counts) == ["[1@0/10] 1 @0"])
        #expect(counting.driver.droppedRecords == [.nullKey: 1])

        let (plain, _) = try fixture(value: .int64) { windows in
            windows.aggregate(initial: 0 as Int64, Materialized<Int64, Int64>(value: .int64), name: "sum") {
                _, order, sum in
                sum + order.amount
            }
        }
        let stop = stopping { try plain.input.send(1, nil) }
        #expect(stop?.node == "sum")
        #expect(stop?.error as? UnexpectedNull == UnexpectedNull(.value))

        let (nullable, sums) = try fixture(value: .int64) { windows in
            windows.nullableAggregate(initial: { nil }, Materialized<Int64, Int64>(value: .int64)) { _, order, sum in
                order.map { (sum ?? 100) + $0.amount }
            }
        }
        for order in [Order("x", 1), Order("x", 2), nil, Order("x", 3)] {
            try nullable.input.send(1, order)
        }
        // Nil deletes the window; the next record starts anew (C8).
        #expect(
            try lines(sums) == [
                "[1@0/10] 101 @0", "[1@0/10] 103 @0", "[1@0/10] nil @0", "[1@0/10] 103 @0",
            ])
    }

    @Test("reduce keeps the window's values apart from other windows'")
    func reduce() throws {
        let (fixture, out) = try fixture(grace: 100, value: .json(Order.self)) { windows in
            windows.reduce { left, right in Order(left.item + right.item, left.amount + right.amount) }
        }
        for (item, time) in [("a", 1), ("b", 11), ("c", 2)] as [(String, Int64)] {
            try fixture.input.send(1, Order(item), at: Timestamp(time))
        }
        #expect(try out.readTable().values.map(\.item).sorted() == ["ac", "b"])
        let name = try #require(fixture.driver.storeNames.first)
        let store = try fixture.driver.store(name, WindowStore<Int64, Order>.self)
        #expect(try store.get(1, windowStart: Timestamp(0))?.value == Order("ac", 2))
    }
}
