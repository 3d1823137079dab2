import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("E7: how long a join's stores show a record")
struct E7JoinRetentionTests {
    private func lines(
        _ semantics: Semantics, before: Int64, after: Int64, _ body: (StreamJoinFixture) throws -> Void
    ) throws -> [String] {
        let join = try StreamJoinFixture(
            .inner, before: before, after: after, TestDriverConfiguration(semantics: semantics))
        try body(join)
        return try join.lines()
    }

    @Test("a record at the edge of the window of one that is in time is found; Kafka Streams hides it")
    func edge() throws {
        for (semantics, expected) in [(Semantics.millrace, ["L1+R1@90"]), (.kafkaStreams, [])] {
            #expect(
                try lines(semantics, before: 10, after: 10) { try $0.send("R1@80", "R2@100 of z", "L1@90") } == expected
            )
        }
    }

    @Test("a window of nothing but equal timestamps works; in Kafka Streams nothing ever meets")
    func zero() throws {
        for (semantics, expected) in [(Semantics.millrace, ["L1+R1@5"]), (.kafkaStreams, [])] {
            #expect(try lines(semantics, before: 0, after: 0) { try $0.send("L1@5", "R1@5") } == expected)
        }
    }

    @Test("a window that ends before time 0 is empty; in Kafka Streams it ends at 0")
    func beforeTheEpoch() throws {
        for (semantics, expected) in [(Semantics.millrace, []), (.kafkaStreams, ["L1+R1@2"])] {
            #expect(try lines(semantics, before: -3, after: 10) { try $0.send("L1@0", "R1@2") } == expected)
        }
    }
}
