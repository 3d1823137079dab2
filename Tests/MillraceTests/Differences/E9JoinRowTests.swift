import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("E9: records of one key and timestamp, before and after a restart")
struct E9JoinRowTests {
    @Test("none takes another's place; in Kafka Streams the count of rows begins anew")
    func restart() throws {
        for (semantics, expected) in [
            (Semantics.millrace, ["L1+R1@5", "L2+R1@5", "L3+R1@5"]), (.kafkaStreams, ["L3+R1@5", "L2+R1@5"]),
        ] {
            let join = try StreamJoinFixture(.inner, TestDriverConfiguration(semantics: semantics))
            try join.send("L1@5", "L2@5")
            try join.driver.crash()
            try join.send("L3@5", "R1@5")
            #expect(try join.lines() == expected)
        }
    }

    @Test("a record that is read again after a crash is kept once")
    func replay() throws {
        let join = try StreamJoinFixture(.inner, TestDriverConfiguration(commits: .byHand))
        try join.send("L1@5")
        try join.driver.commit()
        try join.send("L2@5")
        try join.driver.crash()
        try join.driver.processAll()
        try join.send("R1@5")
        try join.driver.commit()
        #expect(try join.lines() == ["L1+R1@5", "L2+R1@5"])
    }

    @Test("several records that come of one, and records that come of none, are all kept")
    func positions() throws {
        let builder = StreamsBuilder()
        let words = builder.stream("l", StreamJoinFixture.text).flatMapValues {
            $0.split(separator: ",").map(String.init)
        }
        let counts = builder.stream("c", StreamJoinFixture.text).groupByKey()
            .count(Materialized<String, Int64>(as: "counts", key: .string, value: .int64).emitting(.coalesced))
            .toStream().mapValues { "\($0)" }
        let right = builder.stream("r", StreamJoinFixture.text)
        let windows = JoinWindows.symmetric(.milliseconds(10), grace: .zero)
        words.join(right, within: windows, StreamJoined(key: .string, left: .string, right: .string)) { $0 + $1 }.to(
            "out", StreamJoinFixture.textOut)
        counts.join(right, within: windows, StreamJoined(key: .string, left: .string, right: .string)) { $0 + $1 }
            .to("counted", StreamJoinFixture.textOut)
        let driver = try TopologyTestDriver(try builder.build(), TestDriverConfiguration(emptiesStoreMemory: true))
        func send(_ topic: String, _ value: String) throws {
            try driver.inputTopic(topic, key: .string, value: .string).send("k", value, at: Timestamp(5))
        }
        try send("l", "a,b,a")
        try send("l", "c")
        for _ in 0..<3 { try send("c", "x") }
        try driver.crash()
        try send("c", "x")
        try send("l", "d")
        try send("r", "!")
        func values(_ topic: String) throws -> [String?] {
            try driver.outputTopic(topic, key: .string, value: .string).readAll().map(\.value)
        }
        #expect(try values("out") == ["a!", "b!", "a!", "c!", "d!"])
        #expect(try values("counted") == ["1!", "2!", "3!", "4!"])
    }
}
