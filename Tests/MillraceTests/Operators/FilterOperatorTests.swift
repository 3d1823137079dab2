import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("filter and filterNot of a stream")
struct FilterOperatorTests {
    @Test("share the records among them, whole")
    func share() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.filter { _, order in order.amount > 1 }.to("large")
            stream.filterNot { _, order in order.amount > 1 }.to("small")
        }
        let headers = Headers([Header("h", "1")])
        try fixture.input.send(1, Order("tea", 2), at: Timestamp(7), headers: headers)
        try fixture.input.send(-2, Order("nut", 1), at: Timestamp(3))
        #expect(
            try fixture.orders("large")
                == [Record(key: 1, value: Order("tea", 2), timestamp: Timestamp(7), headers: headers)])
        #expect(try fixture.orders("small") == [Record(key: -2, value: Order("nut"), timestamp: Timestamp(3))])
    }

    @Test("a plain predicate fails on nulls, a nullable one sees them", arguments: [true, false])
    func nulls(isKeyNull: Bool) throws {
        let key: Int64? = isKeyNull ? nil : 1
        let value: Order? = isKeyNull ? Order("tea") : nil
        let plain = try OperatorFixture { _, stream in stream.filter(name: "all") { _, _ in true }.to("out") }
        let stop = stopping { try plain.input.send(key, value) }
        #expect(stop?.node == "all")
        #expect(stop?.error as? UnexpectedNull == UnexpectedNull(isKeyNull ? .key : .value))

        let skipping = try OperatorFixture(reaction: .skip) { _, stream in stream.filter { _, _ in true }.to("out") }
        try skipping.input.send(key, value)
        #expect(skipping.driver.droppedRecords == [.processingError: 1])

        let nullable = try OperatorFixture { _, stream in
            stream.nullable.filter { key, value in key == nil || value == nil }.to("out")
        }
        try nullable.input.send(key, value)
        try nullable.input.send(1, Order("tea"))
        #expect(try nullable.orders() == [Record(key: key, value: value, timestamp: .epoch)])
    }
}
