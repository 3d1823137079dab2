import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("peek and forEach")
struct PeekOperatorTests {
    @Test("see each record; peek passes it on")
    func see() throws {
        let peeked = Monitor<[Order]>([])
        let ended = Monitor<[Int64?]>([])
        let fixture = try OperatorFixture { _, stream in
            stream.peek { _, order in peeked.withLock { $0.append(order) } }.to("out")
            stream.nullable.forEach { key, _ in ended.withLock { $0.append(key) } }
        }
        try fixture.input.send(1, Order("a"), at: Timestamp(4))
        try fixture.input.send(2, Order("b"))
        #expect(peeked.withLock { $0 } == [Order("a"), Order("b")])
        #expect(ended.withLock { $0 } == [1, 2])
        #expect(try fixture.orders().map(\.key) == [1, 2])
        #expect(fixture.driver.producedTopics == ["out"])
    }

    @Test("an action that throws costs the record what is below it, and no more", arguments: [false, true])
    func errors(skips: Bool) throws {
        let fixture = try OperatorFixture(reaction: skips ? .skip : .fail) { _, stream in
            stream.peek(name: "look") { _, _ in throw Refused() }.to("below")
            stream.to("beside")
        }
        let stop = stopping { try fixture.input.send(1, Order("a")) }
        #expect(stop?.node == (skips ? nil : "look"))
        #expect(try fixture.orders("below").isEmpty)
        #expect(try fixture.orders("beside").count == (skips ? 1 : 0))
    }
}
