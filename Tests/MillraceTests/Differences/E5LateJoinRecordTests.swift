import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("E5, E6: late and out-of-order records of a left join")
struct E5LateJoinRecordTests {
    private func fixture(_ semantics: Semantics, grace: Int64) throws -> StreamJoinFixture {
        try StreamJoinFixture(.left, grace: grace, TestDriverConfiguration(semantics: semantics))
    }

    @Test("E5: a record beyond the grace is late; in Kafka Streams it comes out alone at once, or finds a partner")
    func late() throws {
        for semantics in [Semantics.millrace, .kafkaStreams] {
            let join = try fixture(semantics, grace: 5)
            try join.send("R1@100 of z", "L1@84", "L2@85", "R2@85 of y", "L3@84 of y")
            let isKafka = semantics == .kafkaStreams
            #expect(try join.lines() == (isKafka ? ["L1+-@84", "L2+-@85", "L3+R2@85"] : []))
            #expect(try join.lines("late") == (isKafka ? [] : ["L1 74-94 6@84", "L3 74-94 6@84"]))
            #expect(join.driver.droppedRecords == (isKafka ? [:] : [.late: 2]))
        }
    }

    @Test("E6: within the grace a record waits for its partner; in Kafka Streams it comes out alone, and again with it")
    func outOfOrder() throws {
        for (semantics, expected) in [
            (Semantics.millrace, ["L1+R2@88"]), (.kafkaStreams, ["L1+-@88", "L1+R2@88"]),
        ] {
            let join = try fixture(semantics, grace: 5)
            try join.send("R1@100 of z", "L1@88", "R2@87", "L9@200 of y")
            #expect(try join.lines() == expected)
        }
    }

    @Test("a record that has come out alone has no pair afterwards; in Kafka Streams it can")
    func spurious() throws {
        for (semantics, expected) in [
            (Semantics.millrace, ["L1+-@85"]), (.kafkaStreams, ["L1+-@85", "L1+R1@92"]),
        ] {
            let join = try fixture(semantics, grace: 0)
            try join.send("L1@85", "L2@100 of z", "R1@92")
            #expect(try join.lines() == expected)
        }
    }
}
