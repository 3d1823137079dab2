import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("G6: an inner foreign-key join when a row refers to nothing any more, and then to something again")
struct G6ForeignKeyNullTests {
    private func run(_ semantics: Semantics) throws -> (out: [String?], dropped: [DropReason: Int]) {
        let fixture = try ForeignKeyFixture(isLeft: false, TestDriverConfiguration(semantics: semantics))
        try fixture.customers.send("ada", "Ada")
        try fixture.orders.send(1, Order("ada", 1))
        try fixture.orders.send(1, Order("", 2))
        try fixture.customers.send("ada", "Ada L.")
        try fixture.orders.send(1, Order("ada", 3))
        return (try fixture.out().map(\.value), fixture.driver.droppedRecords)
    }

    @Test("millrace: the result goes, and comes back")
    func millrace() throws {
        let (out, dropped) = try run(.millrace)
        #expect(out == ["1 for Ada", nil, "3 for Ada L."])
        #expect(dropped.isEmpty)
    }

    @Test("kafkaStreams: the old result stays for ever, and both changes count as dropped")
    func kafkaStreams() throws {
        let (out, dropped) = try run(.kafkaStreams)
        #expect(out == ["1 for Ada"])
        // The answer to the right update is for a row that has changed.
        #expect(dropped == [.nullForeignKey: 2, .staleAnswer: 1])
    }
}
