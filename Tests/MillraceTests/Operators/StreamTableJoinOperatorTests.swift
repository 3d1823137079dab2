import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("The join of a stream with a table")
struct StreamTableJoinOperatorTests {
    private func fixture(
        isLeft: Bool, isComputed: Bool = false, reaction: ErrorReaction = .fail
    ) throws -> (fixture: OperatorFixture, table: TestInputTopic<Int64, String>) {
        let fixture = try OperatorFixture(reaction: reaction, emptiesStoreMemory: true) {
            builder, stream in
            let names = builder.table("names", Consumed(key: .int64, value: .string))
            let rows = isComputed ? names.mapValues { name in name.isEmpty ? nil : name + "!" } : names
            let joined: KStream<Int64, String>
            if isLeft {
                joined = stream.leftJoin(rows, Joined(name: "j")) { order, name in
                    "\(order.item)+\(name ?? "-")"
                }
            } else {
                joined = stream.join(rows, Joined(name: "j")) { order, name in
                    if order.amount == 0 { throw Refused() }
                    return "\(order.item)+\(name)"
                }
            }
            joined.to("out", Produced(key: .int64, value: .string))
        }
        return (fixture, fixture.driver.inputTopic("names", key: .int64, value: .string))
    }

    private func out(_ fixture: OperatorFixture) throws -> [Record<Int64, String>] {
        try fixture.driver.outputTopic("out", key: .int64, value: .string).readAll()
    }

    @Test("meets the row as it is now, at the record's own time (A10)", arguments: [true, false])
    func rows(isComputed: Bool) throws {
        let (fixture, table) = try fixture(isLeft: false, isComputed: isComputed)
        try fixture.input.send(1, Order("early"))
        try table.send(1, "ada", at: Timestamp(100))
        try fixture.input.send(1, Order("a"), at: Timestamp(5))
        try table.send(1, "eve")
        try fixture.input.send(1, Order("b"))
        try table.send(1, nil)
        try fixture.input.send(1, Order("late"))
        let mark = isComputed ? "!" : ""
        let records = try out(fixture)
        #expect(records.map(\.value) == ["a+ada\(mark)", "b+eve\(mark)"])
        #expect(records.first?.timestamp == Timestamp(5))
        // A record without a row is no mistake.
        #expect(fixture.driver.droppedRecords.isEmpty)
    }

    @Test(
        "null values are dropped; null keys too, but for a left join (B)", arguments: [true, false])
    func nulls(isLeft: Bool) throws {
        let (fixture, _) = try fixture(isLeft: isLeft)
        try fixture.input.send(1, nil)
        try fixture.input.send(nil, Order("a"))
        try fixture.input.send(2, Order("b"))
        #expect(try out(fixture).map(\.value) == (isLeft ? ["a+-", "b+-"] : []))
        #expect(
            fixture.driver.droppedRecords == (isLeft ? [.nullValue: 1] : [.nullValue: 1, .nullKey: 1]))
    }

    @Test("a joiner that throws costs the record")
    func errors() throws {
        let (fixture, table) = try fixture(isLeft: false, reaction: .skip)
        try table.send(1, "ada")
        try fixture.input.send(1, Order("bad", 0))
        try fixture.input.send(1, Order("good"))
        #expect(try out(fixture).map(\.value) == ["good+ada"])
        #expect(fixture.driver.nodes.first { $0.name == "j" }?.dropped == [.processingError: 1])
    }

    @Test(
        "a stream with a new key is repartitioned first; a left join lets its null keys through (KIP-962)"
    )
    func repartition() throws {
        let fixture = try OperatorFixture { builder, stream in
            let names = builder.table("names", Consumed(key: .int64, value: .string))
            stream.nullable.selectKey { _, order in order.flatMap { $0.amount == 0 ? nil : $0.amount } }
                .leftJoin(names, Joined(key: .int64, value: .json(Order.self), name: "j")) { order, name in
                    "\(order.item)+\(name ?? "-")"
                }.to("out", Produced(key: .int64, value: .string))
        }
        try fixture.driver.inputTopic("names", key: .int64, value: .string).send(7, "ada")
        try fixture.input.send(1, Order("a", 7))
        try fixture.input.send(1, Order("b", 0))
        let records = try out(fixture)
        #expect(records.map(\.key) == [7, nil])
        #expect(records.map(\.value) == ["a+ada", "b+-"])
    }
}
