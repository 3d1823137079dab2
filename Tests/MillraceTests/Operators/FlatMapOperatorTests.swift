import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("flatMap and flatMapValues")
struct FlatMapOperatorTests {
    @Test("give none, one or many records, in order, with the time and headers of theirs")
    func many() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.flatMap { (key, order) -> [(String, String)] in
                (0..<Int(order.amount)).map { ("\(order.item)\($0)", "\(key)") }
            }.to("out", Produced(key: .string, value: .string))
            stream.flatMapValues { _, order in (0..<Int(order.amount)).map { Int64($0) } }.to(
                "values", Produced(key: .int64, value: .int64))
        }
        let headers = Headers([Header("h", "1")])
        for amount in [0, 1, 3] as [Int64] {
            try fixture.input.send(amount, Order("x", amount), at: Timestamp(amount), headers: headers)
        }
        let texts = try fixture.texts()
        #expect(texts.map(\.key) == ["x0", "x0", "x1", "x2"])
        #expect(texts.map(\.value) == ["1", "3", "3", "3"])
        #expect(texts.map(\.timestamp.millisecondsSinceEpoch) == [1, 3, 3, 3])
        #expect(texts.allSatisfy { $0.headers == headers })
        #expect(try fixture.numbers("values").map(\.value) == [0, 0, 1, 2])
    }

    @Test("the nullable ones take nulls and may give them")
    func nulls() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.nullable.flatMapValues { (key: Int64?, order: Order?) -> [Int64?] in [key, order?.amount] }
                .to("out", Produced(key: .int64, value: .int64))
        }
        try fixture.input.send(nil, Order("x", 2))
        try fixture.input.send(1, nil)
        #expect(try fixture.numbers().map(\.value) == [nil, 2, 1, nil])
    }

    @Test("nothing comes of a record whose closure throws")
    func errors() throws {
        let fixture = try OperatorFixture(reaction: .skip) { _, stream in
            stream.flatMapValues(name: "f") { _, order in
                if order.amount == 0 { throw Refused() }
                return [order.amount, order.amount]
            }.to("out", Produced(key: .int64, value: .int64))
        }
        for amount in [1, 0, 2] as [Int64] { try fixture.input.send(1, Order("x", amount)) }
        #expect(try fixture.numbers().map(\.value) == [1, 1, 2, 2])
        #expect(fixture.driver.nodes.first { $0.name == "f" }?.dropped == [.processingError: 1])
    }
}
