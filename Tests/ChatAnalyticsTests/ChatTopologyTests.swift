import ChatAnalyticsKit
import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("The example's topology")
struct ChatTopologyTests {
    @Test(
        "its stores and outputs equal a plain fold, whatever the order of the days",
        arguments: 0..<3 as Range<UInt64>, [EmissionPolicy.everyUpdate, .coalesced])
    func equalsFold(seed: UInt64, emission: EmissionPolicy) throws {
        let driver = try TopologyTestDriver(try ChatTopology.make(), TestDriverConfiguration(emission: emission))
        let lines = driver.inputTopic(ChatTopology.Topics.lines, key: .string, value: ChatLineSerde())
        var log = SyntheticLog(seed: seed, nickCount: 60)
        var expected = ChatTotals()
        for day in [18_263, 18_262, 18_300] as [Int32] {
            try ChatLogParser.forEachLine(of: log.day(lineCount: 300), day: ChatDay(daysSinceEpoch: day)) { line in
                expected.add(line)
                try lines.send(line.nick, line.line, at: line.timestamp)
            }
        }
        expected.rankTalkers()
        #expect(try totals(of: driver).differences(from: expected) == [], "seed \(seed)")
        #expect(driver.droppedRecords.isEmpty)

        let activity = driver.outputTopic(
            ChatTopology.Topics.activity, key: .string, value: NickActivitySerde())
        #expect(try activity.readTable() == expected.nicks, "seed \(seed)")
        let mentions = driver.outputTopic(ChatTopology.Topics.mentions, key: MentionSerde(), value: .string)
        var found: [Mention: Int64] = [:]
        for record in try mentions.readAll() {
            if let mention = record.key { found[mention, default: 0] += 1 }
        }
        #expect(found == expected.mentions, "seed \(seed)")
        driver.close()
    }

    @Test("its names are what queries and the crash test ask for")
    func names() throws {
        let driver = try TopologyTestDriver(try ChatTopology.make())
        #expect(driver.storeNames == ChatTopology.Stores.all.sorted())
        driver.close()
    }

    private func totals(of driver: TopologyTestDriver) throws -> ChatTotals {
        typealias Stores = ChatTopology.Stores
        let lines = try driver.store(Stores.lines, KeyValueStore<String, Int64>.self).all()
        let nicks = try driver.store(Stores.nicks, KeyValueStore<String, NickActivity>.self).all()
        let top = try driver.store(Stores.topTalkers, KeyValueStore<String, TopTalkers>.self)
        let mentions = try driver.store(Stores.mentions, KeyValueStore<Mention, Int64>.self).all()
        let minutes = try driver.store(Stores.minutes, WindowStore<String, Int64>.self).all()
        let hours = try driver.store(Stores.hours, WindowStore<String, Int64>.self).all()
        return ChatTotals(
            lines: lines.map { ($0.key, $0.value.value) }, nicks: nicks.map { ($0.key, $0.value.value) },
            topTalkers: try top.value(for: ChatTopology.everybody),
            mentions: mentions.map { ($0.key, $0.value.value) },
            minutes: minutes.map { ($0.windowStart, $0.value.value) },
            hours: hours.map { ($0.windowStart, $0.value.value) })
    }
}
