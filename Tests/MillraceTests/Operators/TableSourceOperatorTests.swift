import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("table and toTable")
struct TableSourceOperatorTests {
    @Test(
        "the last record by offset is the row, a null value deletes it, a null key is dropped",
        arguments: [EmissionPolicy.everyUpdate, .coalesced], [true, false])
    func rows(emission: EmissionPolicy, isStored: Bool) throws {
        let fixture = try OperatorFixture(emission, emptiesStoreMemory: true) { builder, stream in
            let materialized = isStored ? Materialized<Int64, Order>(as: "rows") : Materialized()
            builder.table("rows-in", OperatorFixture.orders, materialized: materialized).toStream().to(
                "out")
            _ = stream
        }
        let input = fixture.driver.inputTopic("rows-in", key: .int64, value: .json(Order.self))
        try input.send(1, Order("a"), at: Timestamp(10))
        try input.send(1, Order("b"), at: Timestamp(5))
        try input.send(2, Order("c"), at: Timestamp(7))
        try input.send(nil, Order("d"))
        try input.send(2, nil, at: Timestamp(8))
        let records = try fixture.orders()
        #expect(records.map(\.value) == [Order("a"), Order("b"), Order("c"), nil])
        #expect(records.map(\.timestamp.millisecondsSinceEpoch) == [10, 5, 7, 8])
        #expect(fixture.driver.droppedRecords == [.nullKey: 1])
        #expect(fixture.driver.storeNames == (isStored ? ["rows"] : []))
        guard isStored else { return }
        let rows = try fixture.driver.store("rows", KeyValueStore<Int64, Order>.self)
        #expect(try rows.get(1) == ValueAndTimestamp(Order("b"), at: Timestamp(5)))
        #expect(try rows.get(2) == nil)
    }

    @Test(
        "a tombstone for a row that never was goes on, as in Kafka Streams", arguments: [true, false])
    func needlessTombstone(isStored: Bool) throws {
        let fixture = try OperatorFixture { builder, _ in
            let materialized = isStored ? Materialized<Int64, Order>(as: "rows") : Materialized()
            builder.table("rows-in", OperatorFixture.orders, materialized: materialized).toStream().to(
                "out")
        }
        try fixture.driver.inputTopic("rows-in", key: .int64, value: .json(Order.self)).send(1, nil)
        #expect(try fixture.orders() == [Record(key: 1, value: nil, timestamp: .epoch)])
    }

    @Test(
        "toTable goes through a repartition topic where the key has changed", arguments: [true, false])
    func toTable(changesKey: Bool) throws {
        let fixture = try OperatorFixture { _, stream in
            let keyed = changesKey ? stream.selectKey { _, order in order.amount } : stream
            keyed.toTable(Materialized(as: "rows", key: .int64, value: .json(Order.self)), name: "t")
                .toStream().to("out")
        }
        try fixture.input.send(1, Order("a", 7))
        try fixture.input.send(2, Order("b", 7))
        #expect(try fixture.orders().map(\.key) == (changesKey ? [7, 7] : [1, 2]))
        #expect(try fixture.orders("test-t-repartition").count == (changesKey ? 2 : 0))
        let rows = try fixture.driver.store("rows", KeyValueStore<Int64, Order>.self)
        #expect(try rows.value(for: 7) == (changesKey ? Order("b", 7) : nil))
    }
}
