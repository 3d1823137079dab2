import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("A11: whose headers a join's results have")
struct A11JoinHeadersTests {
    private func headers(_ text: String) -> Headers { Headers([Header("of", text)]) }

    @Test("a record that comes out alone has its own, also after a restart; in Kafka Streams those of the next record")
    func unmatched() throws {
        for semantics in [Semantics.millrace, .kafkaStreams] {
            let join = try StreamJoinFixture(.outer, TestDriverConfiguration(semantics: semantics))
            try join.left.send("k", "L1", at: Timestamp(5), headers: headers("L1"))
            try join.left.send(
                "k", "L2", at: Timestamp(5), headers: Headers([Header("of", "L2"), Header("empty", nil)]))
            try join.right.send("b", "R1", at: Timestamp(6))
            try join.driver.crash()
            try join.right.send("z", "R2", at: Timestamp(50), headers: headers("R2"))
            let records = try join.driver.outputTopic("out", key: .string, value: .string).readAll()
            #expect(records.map(\.value) == ["L1+-", "L2+-", "-+R1"])
            let own = [headers("L1"), Headers([Header("of", "L2"), Header("empty", nil)]), .empty]
            #expect(
                records.map(\.headers) == (semantics == .millrace ? own : Array(repeating: headers("R2"), count: 3)))
        }
    }

    @Test("a pair has those of the record that came last")
    func pairs() throws {
        let join = try StreamJoinFixture(.inner)
        try join.left.send("k", "L1", at: Timestamp(5), headers: headers("L1"))
        try join.right.send("k", "R1", at: Timestamp(4), headers: headers("R1"))
        let records = try join.driver.outputTopic("out", key: .string, value: .string).readAll()
        #expect(records.map(\.headers) == [headers("R1")])
    }
}
