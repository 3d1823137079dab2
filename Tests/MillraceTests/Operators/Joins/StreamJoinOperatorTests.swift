import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("The join of two streams")
struct StreamJoinOperatorTests {
    @Test(
        "pairs within the window, ends included, by the partner's time, with the later timestamp (C6, E1, E2)",
        arguments: StreamJoinFixture.Kind.allCases)
    func pairs(kind: StreamJoinFixture.Kind) throws {
        let join = try StreamJoinFixture(kind, before: 5, after: 10, grace: 100)
        try join.send("L1@100", "R1@95", "R2@94", "R3@110", "R4@111", "R5@100 of b", "L2@105")
        #expect(
            try join.lines() == ["L1+R1@100", "L1+R3@110", "L2+R3@110", "L2+R4@111"], "R1 and R2 are too old for L2")
        #expect(join.driver.droppedRecords.isEmpty)
    }

    @Test("a record that meets nobody comes out once its window and the grace are over, before other results (E2, E3)")
    func unmatched() throws {
        let join = try StreamJoinFixture(.outer, before: 5, after: 10, grace: 3)
        try join.send("L1@100", "R1@100 of b", "L2@100 of b", "R2@101 of c")
        #expect(try join.lines() == ["L2+R1@100"])
        try join.send("L3@109 of d")
        #expect(try join.lines() == [], "R2's window ends at 106, the grace at 109")
        try join.send("R3@110 of d")
        #expect(try join.lines() == ["-+R2@101", "L3+R3@110"])
        try join.send("L4@113 of e", "R4@114 of e")
        #expect(try join.lines() == ["L1+-@100", "L4+R4@114"])
    }

    @Test("those that come out together do so by timestamp, right before left, then by key (NOTES 6)")
    func order() throws {
        let join = try StreamJoinFixture(.outer)
        try join.send("L1@2 of b", "L2@2 of a", "R1@2 of d", "R2@1 of c", "L3@1 of e", "L4@2 of b", "L9@50 of z")
        #expect(try join.lines() == ["-+R2@1", "L3+-@1", "-+R1@2", "L2+-@2", "L1+-@2", "L4+-@2"])
    }

    @Test("a match takes all records of its key and timestamp out of those that wait (E4)")
    func matchedTogether() throws {
        let join = try StreamJoinFixture(.left)
        try join.send("L1@10", "L2@10", "L3@12", "R1@1", "L9@60 of z")
        #expect(try join.lines() == ["L1+R1@10", "L2+R1@10", "L3+-@12"])
    }

    @Test("null keys come out alone at once where they may; null values are dropped, and move time (A5, B)")
    func nulls() throws {
        for kind in StreamJoinFixture.Kind.allCases {
            let join = try StreamJoinFixture(kind)
            try join.left.send(nil, "L", at: Timestamp(7))
            try join.right.send(nil, "R", at: Timestamp(8))
            let expected = kind == .inner ? [] : kind == .left ? ["L+-@7"] : ["L+-@7", "-+R@8"]
            #expect(try join.lines() == expected)
            try join.left.send("k", "L1", at: Timestamp(10))
            try join.right.send("k", nil, at: Timestamp(21))
            #expect(try join.lines() == (kind == .inner ? [] : ["L1+-@10"]))
            let nullKeys = kind == .inner ? 2 : kind == .left ? 1 : 0
            #expect(join.driver.droppedRecords[.nullKey] ?? 0 == nullKeys)
            #expect(join.driver.droppedRecords[.nullValue] == 1)
        }
    }

    @Test("one side of the window may lie wholly after or before the record")
    func negative() throws {
        let join = try StreamJoinFixture(.outer, before: -5, after: 10, grace: 0)
        try join.send("L1@100", "R1@104", "R2@105", "R3@110", "R4@111", "L9@200 of z")
        // No left record can be young enough for a right one: those that meet nobody come out at once.
        #expect(
            try join.lines() == ["-+R1@104", "L1+R2@105", "L1+R3@110", "-+R4@111"])
        try join.send("L2@195", "R5@201")
        #expect(try join.lines() == ["L2+R5@201"])
    }

    @Test("records that come too late are dropped, counted and given to `.late`, if they would come out alone")
    func late() throws {
        let join = try StreamJoinFixture(.left, before: 5, after: 10, grace: 2)
        try join.send("L1@100 of z", "L2@87", "L3@88", "R1@90", "R2@75")
        #expect(try join.lines() == ["L3+R1@90"])
        #expect(try join.lines("late") == ["L2 82-97 3@87"])
        #expect(join.driver.droppedRecords == [.late: 1])
        // A right record can only pair: it is late once it can no more be kept.
        try join.send("R3@150 of z", "R4@60")
        #expect(try join.lines("late") == ["R4 50-65 85@60"])
    }

    @Test("a record that has come out alone is met by nobody any more")
    func onlyOnce() throws {
        let join = try StreamJoinFixture(.left, before: 10, after: 10, grace: 0)
        try join.send("L1@85", "L2@86 of b", "R1@80 of b", "L3@100 of z", "R2@92", "R3@92 of b", "L4@95")
        // R2 is not late, but L1 has come out; L2 had its pair, and gets another.
        #expect(try join.lines() == ["L2+R1@86", "L1+-@85", "L2+R3@92", "L4+R2@95"])
        #expect(join.driver.droppedRecords.isEmpty)
    }

    @Test("a joiner that throws costs the record")
    func errors() throws {
        struct Refused: Error {}
        let configuration = TestDriverConfiguration(handlers: ErrorHandlers(processing: { _ in .skip }))
        let join = try StreamJoinFixture(.outer, configuration) { left, right in
            if left == "L2" || right == nil && left == "L4" { throw Refused() }
            return "\(left ?? "-")+\(right ?? "-")"
        }
        try join.send("L1@1", "L2@2", "L3@3", "R1@3", "R2@4", "L4@50 of b", "L5@50 of c", "R9@90 of z")
        #expect(try join.lines() == ["L1+R1@3", "L1+R2@4", "L5+-@50"])
        #expect(join.driver.nodes.first { $0.name == "j-outer-other-join" }?.dropped == [.processingError: 3])
    }

    @Test("streams with new keys are repartitioned first; outer sides let null keys through (KIP-962)")
    func repartition() throws {
        let builder = StreamsBuilder()
        let left = builder.stream("l", StreamJoinFixture.text).nullable.selectKey { _, value in
            value.flatMap { $0 == "none" ? nil : String($0.prefix(1)) }
        }
        let right = builder.stream("r", StreamJoinFixture.text)
        left.leftJoin(
            right, within: .symmetric(.milliseconds(10), grace: .zero),
            StreamJoined(key: .string, left: .string, right: .string, name: "j")
        ) { "\($0)+\($1 ?? "-")" }.to("out", StreamJoinFixture.textOut)
        let topology = try builder.build()
        #expect(topology.repartitionTopics.map(\.reference) == [.repartition("j-left")])
        let driver = try TopologyTestDriver(topology)
        try driver.inputTopic("r", key: .string, value: .string).send("x", "R", at: Timestamp(5))
        try driver.inputTopic("l", key: .string, value: .string).send("k", "none", at: Timestamp(5))
        try driver.inputTopic("l", key: .string, value: .string).send("k", "xyz", at: Timestamp(6))
        let out = try driver.outputTopic("out", key: .string, value: .string).readAll()
        #expect(out.map(\.value) == ["none+-", "xyz+R"])
        #expect(out.map(\.key) == [nil, "x"])
    }

    @Test("texts are the same key if their bytes are")
    func textKeys() throws {
        let join = try StreamJoinFixture(.left)
        // The same letter as one scalar and as two.
        try join.send("L1@1 of \u{e9}", "L2@1 of e\u{301}", "R1@1 of \u{e9}", "L9@90 of z")
        #expect(try join.lines() == ["L1+R1@1", "L2+-@1"])
    }

    @Test("timestamps at the end of time")
    func extremes() throws {
        for kind in StreamJoinFixture.Kind.allCases {
            let join = try StreamJoinFixture(kind)
            try join.left.send("k", "L1", at: Timestamp(Int64.max - 3))
            try join.right.send("k", "R1", at: Timestamp(Int64.max))
            #expect(try join.lines() == ["L1+R1@\(Int64.max)"])
        }
    }
}
