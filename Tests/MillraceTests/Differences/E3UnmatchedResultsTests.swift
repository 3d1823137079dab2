import Millrace
import MillraceCore
import MillraceTesting
import Testing

/// Kafka Streams' third trait, at most one look a second of the wall clock, is off in its test driver and here.
@Suite("E3: when unmatched records of a join come out")
struct E3UnmatchedResultsTests {
    private func lines(
        _ kind: StreamJoinFixture.Kind, _ semantics: Semantics, before: Int64 = 10, after: Int64 = 10,
        _ body: (StreamJoinFixture) throws -> Void
    ) throws -> [String] {
        let join = try StreamJoinFixture(
            kind, before: before, after: after, TestDriverConfiguration(semantics: semantics))
        try body(join)
        return try join.lines()
    }

    @Test("a record without a value moves time; Kafka Streams waits for one that has one")
    func nullValue() throws {
        for (semantics, expected) in [(Semantics.millrace, ["L1+-@100"]), (.kafkaStreams, [])] {
            let lines = try lines(.left, semantics) { join in
                try join.send("L1@100")
                try join.right.send("k", nil, at: Timestamp(111))
                // In order for the right stream, not for the join.
                try join.send("R1@109 of b")
            }
            #expect(lines == expected)
        }
    }

    @Test("each record comes out at its own time; Kafka Streams forgets where the oldest one stands")
    func oldest() throws {
        for (semantics, expected) in [(Semantics.millrace, ["L1+-@100", "L2+-@105"]), (.kafkaStreams, ["L1+-@100"])] {
            let lines = try lines(.left, semantics) { join in
                // The look at 111 sees L1, L2 and L3, and remembers the time of the last.
                try join.send("L1@100", "L2@105", "L3@110", "L4@111 of b", "L5@116 of c")
            }
            #expect(lines == expected)
        }
    }

    @Test(
        "Kafka Streams remembers it again with a record of the same key and time",
        arguments: [Semantics.millrace, .kafkaStreams])
    func sameAsOldest(semantics: Semantics) throws {
        let lines = try lines(.left, semantics) { join in
            try join.send("L1@100", "L2@105", "L3@110", "L4@111 of b", "L2b@105", "L5@116 of c")
        }
        #expect(lines == ["L1+-@100", "L2+-@105", "L2b+-@105"])
    }

    @Test("each side goes by its own window; Kafka Streams by that of the record that comes")
    func sides() throws {
        for (semantics, expected) in [(Semantics.millrace, ["L1+-@100"]), (.kafkaStreams, [])] {
            let lines = try lines(.outer, semantics, before: 50, after: 10) { join in
                try join.send("L1@100", "R1@111 of b")
            }
            #expect(lines == expected)
        }
    }
}
