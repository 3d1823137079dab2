import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("reduce and aggregate of a grouped stream")
struct ReduceOperatorTests {
    @Test(
        "reduce: the first value as it is, the largest time, nil deletes",
        arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func reduce(emission: EmissionPolicy) throws {
        let fixture = try OperatorFixture(emission, emptiesStoreMemory: true) { _, stream in
            stream.groupByKey().reduce { left, right in
                right.amount == 0 ? nil : Order(left.item + right.item, left.amount + right.amount)
            }.toStream().to("out")
        }
        for (item, amount, time) in [("a", 1, 9), ("b", 2, 5), ("", 0, 11), ("c", 0, 12)]
            as [(String, Int64, Int64)]
        {
            try fixture.input.send(1, Order(item, amount), at: Timestamp(time))
        }
        try fixture.input.send(nil, Order("x"))
        try fixture.input.send(1, nil)
        let records = try fixture.orders()
        #expect(records.map(\.value) == [Order("a", 1), Order("ab", 3), nil, Order("c", 0)])
        #expect(records.map(\.timestamp.millisecondsSinceEpoch) == [9, 9, 11, 12])
        #expect(fixture.driver.droppedRecords == [.nullKey: 1, .nullValue: 1])
    }

    @Test("aggregate: a zero is a value, nil deletes, and the initial value comes again (C8)")
    func aggregate() throws {
        let fixture = try OperatorFixture(emptiesStoreMemory: true) { _, stream in
            stream.groupByKey().aggregate(initial: 10, Materialized(as: "sums", value: .int64)) {
                _, order, sum in
                sum + order.amount < 0 ? nil : sum + order.amount
            }.toStream().to("out")
        }
        for amount in [-10, -1, 5] as [Int64] { try fixture.input.send(1, Order("x", amount)) }
        #expect(try fixture.numbers().map(\.value) == [0, nil, 15])
    }

    @Test("a reducer that throws leaves the row as it was")
    func errors() throws {
        let fixture = try OperatorFixture(reaction: .skip) { _, stream in
            stream.groupByKey().reduce { left, right in
                if right.amount == 0 { throw Refused() }
                return Order(left.item + right.item)
            }.toStream().to("out")
        }
        for (item, amount) in [("a", 1), ("b", 0), ("c", 1)] as [(String, Int64)] {
            try fixture.input.send(1, Order(item, amount))
        }
        #expect(try fixture.orders().map(\.value?.item) == ["a", "ac"])
    }
}
