import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("transformValues of a table")
struct TransformValuesTests {
    /// Prices amounts by item with the rates in a store, which rows named `rate` set.
    private final class Priced: ValueTransformer {
        let rates: KeyValueStore<String, Int64>
        let context: TransformerContext

        init(_ context: TransformerContext) throws {
            self.context = context
            rates = try context.store("rates")
        }

        func transform(_ key: Int64, _ order: Order?) throws -> Int64? {
            guard let order else { return nil }
            if order.amount < 0 { throw Refused() }
            return try rates.value(for: order.item).map { $0 * order.amount }
        }
    }

    private func fixture(
        isStored: Bool, _ emission: EmissionPolicy = .everyUpdate, semantics: Semantics = .millrace,
        _ describe: (StreamsBuilder, KTable<Int64, Int64>) -> Void = { _, _ in }
    ) throws -> (driver: TopologyTestDriver, rows: TestInputTopic<Int64, Order>) {
        let builder = StreamsBuilder()
        builder.addStateStore(Stores.keyValue("rates", keySerde: .string, valueSerde: .int64))
        let materialized = isStored ? Materialized<Int64, Int64>(as: "prices", value: .int64) : nil
        let prices = builder.table("rows", OperatorFixture.orders)
            .transformValues(materialized, name: "priced", stores: ["rates"]) { try Priced($0) }
        #expect(prices.queryableStoreName == (isStored ? "prices" : nil))
        prices.toStream().to("out", Produced(key: .int64, value: .int64))
        describe(builder, prices)
        let driver = try TopologyTestDriver(
            builder.build(),
            TestDriverConfiguration(
                emission: emission, semantics: semantics, handlers: ErrorHandlers(processing: { _ in .skip })))
        try driver.store("rates", KeyValueStore<String, Int64>.self).put("a", 10, at: .epoch)
        return (driver, driver.inputTopic("rows", key: .int64, value: .json(Order.self)))
    }

    @Test(
        "values come from the stores; nil deletes", arguments: [true, false], [EmissionPolicy.everyUpdate, .coalesced])
    func values(isStored: Bool, emission: EmissionPolicy) throws {
        let (driver, rows) = try fixture(isStored: isStored, emission)
        try rows.send(1, Order("a", 2))
        try rows.send(2, Order("unknown", 2))
        try rows.send(3, Order("a", -1))
        try rows.send(1, nil)
        let out = try driver.outputTopic("out", key: .int64, value: .int64).readAll()
        // Without a store nobody knows that row 2 never was.
        #expect(out.map(\.key) == (isStored ? [1, 1] : [1, 2, 1]))
        #expect(out.map(\.value) == (isStored ? [20, nil] : [20, nil, nil]))
        #expect(driver.droppedRecords == [.processingError: 1])
    }

    @Test("a table without a store is computed for those who read it", arguments: [true, false])
    func readers(isStored: Bool) throws {
        let (driver, rows) = try fixture(isStored: isStored) { builder, prices in
            let names = builder.table("names", Consumed(key: .int64, value: .string))
            prices.join(names) { price, name in "\(name) \(price)" }
                .groupBy(Grouped(key: .string, value: .string)) { _, text in (text, text) }
                .count(.as("groups")).toStream().to("groups-out", Produced(key: .string, value: .int64))
        }
        try rows.send(1, Order("a", 2))
        try rows.send(2, Order("a", 3))
        let names = driver.inputTopic("names", key: .int64, value: .string)
        try names.send(1, "one")
        try names.send(2, "two")
        try rows.send(1, Order("a", 4))
        let groups = try driver.store("groups", KeyValueStore<String, Int64>.self)
        #expect(try groups.all().map(\.key) == ["one 20", "one 40", "two 30"])
        #expect(try groups.all().map(\.value.value) == [0, 1, 1])
    }
}
