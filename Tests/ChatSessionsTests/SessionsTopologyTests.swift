import ChatAnalyticsKit
import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@testable import ChatSessions
// Millrace has a `Pair`, too.
@testable import struct ChatSessions.Pair

@Suite("Chat sessions")
struct SessionsTopologyTests {
    @Test(
        "sessions and exchanges equal a plain fold, whatever the order of the days",
        arguments: 0..<3 as Range<UInt64>, [EmissionPolicy.everyUpdate, .coalesced])
    func equalsFold(seed: UInt64, emission: EmissionPolicy) throws {
        let driver = try TopologyTestDriver(try SessionsTopology.make(), TestDriverConfiguration(emission: emission))
        let lines = driver.inputTopic(SessionsTopology.Topics.lines, key: .string, value: ChatLineSerde())
        var log = SyntheticLog(seed: seed, nickCount: 40)
        var expected = SessionsTotals()
        for day in [18_263, 18_262, 18_300] as [Int32] {
            try ChatLogParser.forEachLine(of: log.day(lineCount: 500), day: ChatDay(daysSinceEpoch: day)) { line in
                expected.add(line)
                try lines.send(line.nick, line.line, at: line.timestamp)
            }
        }
        expected.finish()
        let nicks = try driver.store(SessionsTopology.Stores.nicks, KeyValueStore<String, NickSessions>.self).all()
        let exchanges = try driver.store(SessionsTopology.Stores.exchanges, KeyValueStore<Pair, Int64>.self).all()
        #expect(
            expected.differences(
                nicks: Dictionary(uniqueKeysWithValues: nicks.map { ($0.key, $0.value.value) }),
                exchanges: Dictionary(uniqueKeysWithValues: exchanges.map { ($0.key, $0.value.value) })) == [],
            "seed \(seed)")
        #expect(!expected.exchanges.isEmpty, "seed \(seed): no answers at all test nothing")
        #expect(driver.droppedRecords.isEmpty)

        // The topic of sessions, as a table, has the same sessions.
        let sessions = try driver.outputTopic(
            SessionsTopology.Topics.sessions, key: .sessionWindowed(.string), value: .json(SessionActivity.self)
        ).readTable()
        var counts: [String: Int64] = [:]
        for key in sessions.keys { counts[key.key, default: 0] += 1 }
        #expect(counts == expected.nicks.mapValues(\.sessionCount), "seed \(seed)")
        driver.close()
    }

    @Test("the command line says what is wrong")
    func options() throws {
        #expect(try ChatSessions.parse(["--lines", "7"], temporary: "/tmp/x")?.lineCount == 7)
        #expect(try ChatSessions.parse(["--help"], temporary: "/tmp/x") == nil)
        #expect(throws: SessionsError.self) { try ChatSessions.parse(["--lines"], temporary: "/tmp/x") }
        #expect(throws: SessionsError.self) { try ChatSessions.parse(["--colour", "red"], temporary: "/tmp/x") }
    }
}
