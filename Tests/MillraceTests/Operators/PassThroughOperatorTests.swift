import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("merge and repartition")
struct PassThroughOperatorTests {
    @Test("a merge has the records of both streams as they come")
    func merge() throws {
        let fixture = try OperatorFixture { builder, stream in
            stream.merge(builder.stream("other", OperatorFixture.orders)).to("out")
        }
        let other = fixture.driver.inputTopic("other", key: .int64, value: .json(Order.self))
        try fixture.input.send(1, Order("a"), at: Timestamp(9))
        try other.send(nil, Order("b"), at: Timestamp(3))
        try fixture.input.send(2, nil, at: Timestamp(5))
        let records = try fixture.orders()
        #expect(records.map(\.key) == [1, nil, 2])
        #expect(records.map(\.value) == [Order("a"), Order("b"), nil])
        #expect(records.map(\.timestamp.millisecondsSinceEpoch) == [9, 3, 5])
    }

    @Test("a repartition topic takes null values, and drops null keys without counting them")
    func repartition() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.repartition(Repartitioned(name: "again", key: .int64, value: .json(Order.self))).to("out")
        }
        let headers = Headers([Header("h", "1")])
        try fixture.input.send(1, nil, at: Timestamp(9), headers: headers)
        try fixture.input.send(nil, Order("a"))
        #expect(try fixture.orders() == [Record(key: 1, value: nil, timestamp: Timestamp(9), headers: headers)])
        #expect(try fixture.orders("test-again-repartition").count == 1)
        #expect(fixture.driver.droppedRecords.isEmpty)
    }
}
