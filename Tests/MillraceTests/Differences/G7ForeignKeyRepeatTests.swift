import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("G7: a left foreign-key join when a row refers to another one")
struct G7ForeignKeyRepeatTests {
    private func run(_ semantics: Semantics) throws -> [String?] {
        let fixture = try ForeignKeyFixture(isLeft: true, TestDriverConfiguration(semantics: semantics))
        try fixture.customers.send("ada", "Ada")
        try fixture.orders.send(1, Order("ada", 1))
        try fixture.orders.send(1, Order("eve", 2))
        try fixture.orders.send(1, Order("", 3))
        try fixture.orders.send(1, Order("ada", 4))
        try fixture.orders.send(1, nil)
        try fixture.orders.send(1, nil)
        return try fixture.out().map(\.value)
    }

    @Test("millrace: each result once")
    func millrace() throws {
        #expect(try run(.millrace) == ["1 for Ada", "2 for nobody", "3 for nobody", "4 for Ada", nil])
    }

    @Test("kafkaStreams: the old right row and the new one both answer; deletions, too")
    func kafkaStreams() throws {
        #expect(
            try run(.kafkaStreams) == [
                "1 for Ada", "2 for nobody", "2 for nobody", "3 for nobody", "3 for nobody", "4 for Ada", nil, nil,
            ])
    }
}
