import ChatAnalyticsKit
import Foundation
import MillraceCore
import Testing

@Suite("Totals of a plain fold")
struct ChatTotalsTests {
    /// The real logs; they lie beside the package, not in it.
    static let realLogs = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/data/irc").path(percentEncoded: false)

    static var hasRealLogs: Bool { FileManager.default.fileExists(atPath: realLogs) }

    @Test(
        "every line of the real logs is accounted for",
        .enabled(if: hasRealLogs, "needs the IRC logs at ../shared/data/irc"))
    func realTotals() throws {
        let folder = try LogFolder(ChatTotalsTests.realLogs)
        #expect(folder.files.count == 153)
        let totals = try ChatTotals.fold(folder)
        #expect(totals.lineCount == 220_271)
        #expect(totals.lineCount(of: .message) == 196_069)
        #expect(totals.lineCount(of: .action) == 452)
        #expect(totals.lineCount(of: .notice) == 23_744)
        #expect(totals.lineCount(of: .other) == 6)
        #expect(totals.linesWithUndecodableBytes == 0)
        #expect(totals.messagesPerMinute.values.reduce(0, +) == 196_069)
        #expect(totals.messagesPerHour.values.reduce(0, +) == 196_069)
        #expect(totals.nicks.values.reduce(0) { $0 + $1.messageCount } == 196_069)
        #expect(
            totals.topTalkers.talkers.prefix(3) == [
                Talker(nick: "ubottu", messageCount: 2_375), Talker(nick: "ActionParsnip", messageCount: 1_786),
                Talker(nick: "Dr_Willis", messageCount: 1_570),
            ])
    }

    @Test("a small log, counted by hand")
    func byHand() {
        var totals = ChatTotals()
        let log = """
            [23:59] <ada> bo: hi
            [00:00] <bo> ada: hi
            [00:00] <bo> and more
            === cleo has joined
            [00:01]  * ada leaves
            what?
            """
        for number in [10, 9] as [Int32] {
            ChatLogParser.forEachLine(of: Array(log.utf8), day: ChatDay(daysSinceEpoch: number)) { totals.add($0) }
        }
        totals.rankTalkers()
        #expect(totals.linesByKind == [.message: 6, .action: 2, .notice: 2, .other: 2])
        #expect(totals.nicks["bo"]?.messageCount == 4)
        #expect(totals.nicks["bo"]?.activeDays == [ChatDay(daysSinceEpoch: 9), ChatDay(daysSinceEpoch: 10)])
        #expect(totals.mentions == [Mention(from: "ada", to: "bo"): 2, Mention(from: "bo", to: "ada"): 2])
        let midnight = ChatDay(daysSinceEpoch: 10).at(hour: 0, minute: 0)
        #expect(totals.messagesPerMinute[midnight] == 2)
        #expect(totals.messagesPerHour[midnight.advanced(byMilliseconds: 23 * 3_600_000)] == 1)
        #expect(
            totals.topTalkers.talkers == [Talker(nick: "bo", messageCount: 4), Talker(nick: "ada", messageCount: 2)])
    }

    @Test("differences are named, equal totals have none")
    func differences() {
        var expected = ChatTotals()
        var found = ChatTotals()
        #expect(found.differences(from: expected).isEmpty)
        expected.linesByKind = [.message: 2]
        expected.nicks = ["ada": NickActivity(messageCount: 2)]
        found.nicks = ["ada": NickActivity(messageCount: 1), "bo": NickActivity(messageCount: 1)]
        let texts = found.differences(from: expected, limit: 1)
        #expect(texts.count == 3)
        #expect(texts.first == "message lines: 0, expected 2")
        #expect(texts.last == "activity of: 1 more differ")
    }

    @Test("active days come in any order", arguments: 0..<50 as Range<UInt64>)
    func activeDays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let numbers = (0..<40).map { _ in Int32.random(in: 0..<20, using: &generator) }
        var activity = NickActivity()
        for number in numbers { activity.add(messageOn: ChatDay(daysSinceEpoch: number)) }
        #expect(activity.messageCount == 40)
        #expect(activity.activeDays.map(\.daysSinceEpoch) == Set(numbers).sorted(), "seed \(seed)")
    }

    @Test("talkers told one by one rank as if all were sorted", arguments: 0..<50 as Range<UInt64>)
    func ranking(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var counts: [String: Int64] = [:]
        var top = TopTalkers()
        for _ in 0..<500 {
            let nick = "n\(Int.random(in: 0..<30, using: &generator))"
            let old = counts[nick, default: 0]
            counts[nick] = old + Int64.random(in: 1..<4, using: &generator)
            top.update(Talker(nick: nick, messageCount: counts[nick] ?? 0))
            // Told again what it knows, or something older: no change.
            top.update(Talker(nick: nick, messageCount: old))
        }
        #expect(top == TopTalkers(counts.map { Talker(nick: $0.key, messageCount: $0.value) }), "seed \(seed)")
    }
}
