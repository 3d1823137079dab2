import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("groupBy of a table, and its aggregates")
struct TableAggregateOperatorTests {
    /// The rows of `rows` by their item.
    private func fixture(
        _ emission: EmissionPolicy = .everyUpdate, reaction: ErrorReaction = .fail,
        _ describe: @escaping (KGroupedTable<String, Int64>) -> Void
    ) throws -> OperatorFixture {
        try OperatorFixture(emission, reaction: reaction, emptiesStoreMemory: true) { builder, _ in
            describe(
                builder.table("rows", OperatorFixture.orders)
                    .groupBy(Grouped(key: .string, value: .int64, name: "by-item")) { _, order in
                        if order.item == "bad" { throw Refused() }
                        return (order.item.isEmpty ? nil : order.item, order.amount < 0 ? nil : order.amount)
                    })
        }
    }

    private func send(_ orders: [(Int64?, Order?)], to fixture: OperatorFixture) throws {
        let input = fixture.driver.inputTopic("rows", key: .int64, value: .json(Order.self))
        for (key, order) in orders { try input.send(key, order) }
    }

    private func out(_ fixture: OperatorFixture) throws -> [String] {
        try fixture.driver.outputTopic("out", key: .string, value: .int64).readAll().map {
            "\($0.key ?? "nil")=\($0.value.map(String.init) ?? "nil")"
        }
    }

    @Test("count follows rows from group to group; a group that was left stays with 0 (C9, H2)")
    func count() throws {
        let fixture = try fixture { $0.count().toStream().to("out") }
        try send(
            [(1, Order("a")), (2, Order("a")), (1, Order("b")), (2, nil), (1, Order("b", 2))], to: fixture
        )
        // The old row is taken out first; an update within a group is one change.
        #expect(try out(fixture) == ["a=1", "a=2", "a=1", "b=1", "a=0", "b=1"])
    }

    @Test(
        "each commit sends a group once at most", arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func sum(emission: EmissionPolicy) throws {
        let fixture = try fixture(emission) { grouped in
            grouped.aggregate(
                initial: 0, Materialized(as: "sums", value: .int64),
                adder: { _, amount, sum in sum + amount },
                subtractor: { _, amount, sum in sum == amount ? nil : sum - amount }
            ).toStream().to("out")
        }
        try send(
            [(1, Order("a", 5)), (2, Order("a", 7)), (1, Order("a", 6)), (1, nil), (2, nil)], to: fixture)
        #expect(try out(fixture) == ["a=5", "a=12", "a=13", "a=7", "a=nil"])
    }

    @Test("reduce takes a group's first row as it is")
    func reduce() throws {
        let fixture = try fixture {
            $0.reduce(adder: { $0 + $1 }, subtractor: { $0 - $1 }).toStream().to("out")
        }
        try send([(1, Order("a", 5)), (2, Order("a", 7)), (1, nil)], to: fixture)
        #expect(try out(fixture) == ["a=5", "a=12", "a=7"])
    }

    @Test("rows without a new key or value are in no group; a mapper that throws costs the change")
    func noGroup() throws {
        let fixture = try fixture(reaction: .skip) { $0.count().toStream().to("out") }
        try send(
            [(1, Order("")), (2, Order("a", -1)), (3, Order("bad")), (nil, Order("a")), (2, Order("a"))],
            to: fixture)
        #expect(try out(fixture) == ["a=1"])
        #expect(fixture.driver.droppedRecords == [.processingError: 1, .nullKey: 1])
    }
}
