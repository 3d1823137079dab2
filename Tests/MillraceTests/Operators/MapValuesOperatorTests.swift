import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("mapValues of a stream")
struct MapValuesOperatorTests {
    @Test("changes the value only, with or without a look at the key, whatever its type")
    func values() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.mapValues { $0.amount * 2 }.to("out", Produced(key: .int64, value: .int64))
            stream.mapValues { key, order in Bytes([UInt8(key), UInt8(order.amount)]) }
                .to("bytes", Produced(key: .int64, value: .bytes))
        }
        try fixture.input.send(3, Order("tea", 4), at: Timestamp(9))
        #expect(try fixture.numbers() == [Record(key: 3, value: 8, timestamp: Timestamp(9))])
        let bytes = try fixture.driver.outputTopic("bytes", key: .int64, value: .bytes).readAll()
        #expect(bytes == [Record(key: 3, value: Bytes([3, 4]), timestamp: Timestamp(9))])
    }

    @Test("a closure of the value alone takes null keys, one of both does not")
    func nullKeys() throws {
        let alone = try OperatorFixture { _, stream in
            stream.mapValues { $0.amount }.to("out", Produced(key: .int64, value: .int64))
        }
        try alone.input.send(nil, Order("tea", 4))
        #expect(try alone.numbers() == [Record(key: nil, value: 4, timestamp: .epoch)])
        #expect(stopping { try alone.input.send(1, nil) }?.error as? UnexpectedNull == UnexpectedNull(.value))

        let both = try OperatorFixture { _, stream in
            stream.mapValues { key, order in key + order.amount }.to("out", Produced(key: .int64, value: .int64))
        }
        #expect(stopping { try both.input.send(nil, Order("x")) }?.error as? UnexpectedNull == UnexpectedNull(.key))
    }

    @Test("nil from a nullable closure is a null value, a zero is not")
    func nilAndZero() throws {
        let fixture = try OperatorFixture { _, stream in
            stream.nullable.mapValues { (_: Int64?, order: Order?) -> Int64? in order?.amount }
                .to("out", Produced(key: .int64, value: .int64))
        }
        try fixture.input.send(1, Order("free", 0))
        try fixture.input.send(1, nil)
        #expect(try fixture.numbers().map(\.value) == [0, nil])
    }
}
