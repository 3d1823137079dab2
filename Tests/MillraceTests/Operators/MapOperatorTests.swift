import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("map and selectKey")
struct MapOperatorTests {
    @Test("change key and value, and keep time and headers")
    func records() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.map { key, order in (order.item, key * order.amount) }
                .to("mapped", Produced(key: .string, value: .int64))
            stream.selectKey { key, order in order.amount - key }.to(
                "keyed", Produced(key: .int64, value: .json(Order.self)))
        }
        let headers = Headers([Header("h", "1")])
        try fixture.input.send(3, Order("tea", 2), at: Timestamp(7), headers: headers)
        #expect(
            try fixture.driver.outputTopic("mapped", key: .string, value: .int64).readAll()
                == [Record(key: "tea", value: 6, timestamp: Timestamp(7), headers: headers)])
        #expect(
            try fixture.orders("keyed")
                == [Record(key: -1, value: Order("tea", 2), timestamp: Timestamp(7), headers: headers)])
    }

    @Test("the nullable ones take nulls and may give them")
    func nulls() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.nullable.map { key, order in (order?.amount, key) }.to("out", Produced(key: .int64, value: .int64))
            stream.nullable.selectKey { _, order in order?.item }
                .to("keyed", Produced(key: .string, value: .json(Order.self)))
        }
        try fixture.input.send(3, nil)
        try fixture.input.send(nil, Order("tea", 2))
        #expect(try fixture.numbers().map(\.key) == [nil, 2])
        #expect(
            try fixture.driver.outputTopic("keyed", key: .string, value: .json(Order.self)).readAll().map(\.key)
                == [nil, "tea"])
    }

    @Test("a closure that throws stops the application or costs the record", arguments: [false, true])
    func errors(skips: Bool) throws {
        let fixture = try OperatorFixture(reaction: skips ? .skip : .fail) { _, stream in
            stream.map(name: "m") { key, order in
                if order.amount == 0 { throw Refused() }
                return (key, order)
            }.to("out", Produced(key: .int64, value: .json(Order.self)))
        }
        let stop = stopping { try fixture.input.send(1, Order("free", 0)) }
        #expect(stop?.node == (skips ? nil : "m"))
        guard skips else { return }
        try fixture.input.send(2, Order("tea"))
        #expect(try fixture.orders().map(\.key) == [2])
    }

    @Test("a new key leads through a repartition topic, a new value does not")
    func repartition() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.mapValues { $0.amount }.groupByKey(Grouped(key: .int64, value: .int64)).count(.as("plain"))
                .toStream().to("plain-out")
            stream.selectKey { _, order in order.amount }
                .groupByKey(Grouped(key: .int64, value: .json(Order.self), name: "by-amount")).count(.as("keyed"))
                .toStream().to("keyed-out")
        }
        try fixture.input.send(1, Order("tea", 5))
        try fixture.input.send(2, Order("tea", 5))
        #expect(try fixture.numbers("plain-out").map(\.value) == [1, 1])
        #expect(try fixture.numbers("keyed-out").map(\.value) == [1, 2])
        #expect(try fixture.orders("test-by-amount-repartition").map(\.key) == [5, 5])
    }
}
