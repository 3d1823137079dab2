import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("filter and mapValues of a table")
struct TableTransformOperatorTests {
    private func send(_ orders: [(Int64, Order?)], to fixture: OperatorFixture) throws {
        let input = fixture.driver.inputTopic("rows", key: .int64, value: .json(Order.self))
        for (key, order) in orders { try input.send(key, order) }
    }

    @Test(
        "a row that no longer fulfils the predicate is deleted",
        arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func filter(emission: EmissionPolicy) throws {
        let fixture = try OperatorFixture(emission) { builder, _ in
            let table = builder.table("rows", OperatorFixture.orders, materialized: .as("all"))
            table.filter(.as("large")) { _, order in order.amount > 1 }.toStream().to("large-out")
            table.filterNot { _, order in order.amount > 1 }.toStream().to("small-out")
        }
        try send(
            [(1, Order("a", 2)), (1, Order("a", 1)), (2, Order("b", 1)), (2, Order("b", 3)), (2, nil)],
            to: fixture)
        // The parent has a store: old values are known, and nothing is said of rows that never were (H1).
        let large = try fixture.orders("large-out")
        #expect(large.map(\.key) == [1, 1, 2, 2])
        #expect(large.map(\.value?.amount) == [2, nil, 3, nil])
        let small = try fixture.orders("small-out")
        #expect(small.map(\.key) == [1, 2, 2])
        #expect(small.map(\.value?.amount) == [1, 1, nil])
        let store = try fixture.driver.store("large", KeyValueStore<Int64, Order>.self)
        #expect(try store.value(for: 1) == nil)
    }

    @Test("without old values a tombstone goes on for each row left out (H1)")
    func filterWithoutOldValues() throws {
        let fixture = try OperatorFixture { builder, _ in
            builder.table("rows", OperatorFixture.orders).filter { _, order in order.amount > 1 }
                .toStream().to("out")
        }
        try send([(1, Order("a", 1)), (1, Order("a", 2))], to: fixture)
        #expect(try fixture.orders().map(\.value) == [nil, Order("a", 2)])
        #expect(fixture.driver.storeNames.isEmpty)
    }

    @Test("mapValues: nil deletes, deletions are not mapped", arguments: [true, false])
    func mapValues(isStored: Bool) throws {
        let fixture = try OperatorFixture(emptiesStoreMemory: true) { builder, _ in
            let materialized = isStored ? Materialized<Int64, Int64>(as: "amounts", value: .int64) : nil
            builder.table("rows", OperatorFixture.orders).mapValues(materialized) { key, order in
                order.amount == 0 ? nil : key * order.amount
            }.toStream().to("out", Produced(key: .int64, value: .int64))
        }
        try send([(2, Order("a", 3)), (2, Order("a", 0)), (3, Order("b", 1)), (3, nil)], to: fixture)
        #expect(try fixture.numbers().map(\.value) == [6, nil, 3, nil])
        #expect(fixture.driver.storeNames == (isStored ? ["amounts"] : []))
    }

    @Test("a closure that throws costs the change", arguments: [true, false])
    func errors(isStored: Bool) throws {
        let fixture = try OperatorFixture(reaction: .skip) { builder, _ in
            let materialized = isStored ? Materialized<Int64, Int64>(as: "amounts", value: .int64) : nil
            builder.table("rows", OperatorFixture.orders).mapValues(materialized, name: "m") { order in
                if order.amount == 0 { throw Refused() }
                return order.amount
            }.toStream().to("out", Produced(key: .int64, value: .int64))
        }
        try send([(1, Order("a", 0)), (1, Order("a", 5))], to: fixture)
        #expect(try fixture.numbers().map(\.value) == [5])
        #expect(fixture.driver.nodes.first { $0.name == "m" }?.dropped == [.processingError: 1])
    }
}
