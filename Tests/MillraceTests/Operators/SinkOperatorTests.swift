import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Sinks")
struct SinkOperatorTests {
    /// Refuses to write zero.
    private struct Positive: Serde {
        func serialize(_ value: Int64, into writer: inout ByteWriter) throws {
            if value == 0 { throw Refused() }
            writer.append(value)
        }
        func deserialize(_ bytes: RawSpan) throws -> Int64 { 0 }
    }

    @Test("a record can name its topic")
    func dynamicTopic() throws {
        let fixture = try OperatorFixture(reaction: .skip) { _, stream in
            stream.to(topic: { record in
                guard let order = record.value else { throw Refused() }
                return "orders-\(order.item)"
            })
        }
        try fixture.input.send(1, Order("tea"), at: Timestamp(5))
        try fixture.input.send(2, Order("nut"))
        try fixture.input.send(3, Order("tea"))
        try fixture.input.send(4, nil)
        #expect(try fixture.orders("orders-tea").map(\.key) == [1, 3])
        #expect(try fixture.orders("orders-nut").map(\.key) == [2])
        #expect(fixture.driver.producedTopics == ["orders-tea", "orders-nut"])
        #expect(fixture.driver.droppedRecords == [.processingError: 1])
    }

    @Test("a partitioner is asked with key, value and count; what it throws, and a wrong answer, go to the handler")
    func partitioner() throws {
        let asked = Monitor<[Int32]>([])
        func fixture(_ reaction: ErrorReaction) throws -> OperatorFixture {
            try OperatorFixture(reaction: reaction) { _, stream in
                stream.to(
                    "out",
                    Produced(
                        partitioner: { key, order, count in
                            asked.withLock { $0.append(count) }
                            if order == nil { throw Refused() }
                            return key.map { Int32($0) }
                        }, name: "sink"))
            }
        }
        let skipping = try fixture(.skip)
        try skipping.input.send(0, Order("right"))
        try skipping.input.send(nil, Order("left to the sink"))
        for (key, value) in [(7, Order("no such partition")), (-1, Order("nor this")), (0, nil)] as [(Int64, Order?)] {
            try skipping.input.send(key, value)
            #expect(stopping { try fixture(.fail).input.send(key, value) }?.node == "sink")
        }
        #expect(try skipping.orders().map(\.key) == [0, nil])
        #expect(skipping.driver.droppedRecords == [.processingError: 3])
        #expect(asked.withLock { $0 }.allSatisfy { $0 == 1 })
    }

    @Test("a value that cannot be written goes to the production handler", arguments: [0, 1, 2])
    func unserializable(reaction: Int) throws {
        let reactions: [ErrorReaction] = [.fail, .skip, .deadLetter(topic: "dead")]
        let fixture = try OperatorFixture(reaction: reactions[reaction]) { _, stream in
            stream.mapValues { $0.amount }.to("out", Produced(key: .int64, value: Positive(), name: "sink"))
        }
        let stop = stopping { try fixture.input.send(1, Order("free", 0)) }
        #expect(stop?.node == (reaction == 0 ? "sink" : nil))
        guard reaction > 0 else { return }
        try fixture.input.send(2, Order("tea", 3))
        #expect(try fixture.numbers().map(\.value) == [3])
        #expect(fixture.driver.droppedRecords == [.unserializable: 1])
        // The record as it came in, with what happened in its headers.
        let dead = try fixture.orders("dead")
        #expect(dead.map(\.value) == (reaction == 2 ? [Order("free", 0)] : []))
        #expect(
            reaction == 1
                || dead.first?.headers.last("__millrace.node").map { String(decoding: $0, as: UTF8.self) } == "sink")
    }
}
