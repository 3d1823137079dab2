import ChatAnalyticsKit
import Foundation
import Testing

@Suite("The synthetic log")
struct SyntheticLogTests {
    @Test("a seed gives the same bytes, another seed others")
    func seeds() {
        var first = SyntheticLog(seed: 7)
        var again = SyntheticLog(seed: 7)
        var other = SyntheticLog(seed: 8)
        let bytes = first.day(lineCount: 500)
        #expect(bytes == again.day(lineCount: 500))
        #expect(bytes != other.day(lineCount: 500))
        #expect(bytes != first.day(lineCount: 500))
    }

    @Test("it has every shape of line, in about the shares of the real logs")
    func shapes() {
        var log = SyntheticLog(seed: 1)
        var totals = ChatTotals()
        for day in 0..<35 as Range<Int32> {
            let bytes = log.day(lineCount: SyntheticLog.linesPerDay)
            ChatLogParser.forEachLine(of: bytes, day: ChatDay(daysSinceEpoch: 18_262 + day)) { totals.add($0) }
        }
        #expect(totals.lineCount == 35 * Int64(SyntheticLog.linesPerDay))
        #expect((43_000...47_000).contains(totals.lineCount(of: .message)))
        #expect((4_500...6_500).contains(totals.lineCount(of: .notice)))
        #expect(totals.lineCount(of: .action) > 50)
        #expect(totals.lineCount(of: .other) > 0)
        #expect(totals.linesWithUndecodableBytes > 20)
        #expect(totals.nicks.count > 1_000)
        #expect(totals.mentions.count > 1_000)
    }

    @Test("the files hold as many lines as asked for, a day each")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-synthetic-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path(percentEncoded: false)
        var log = SyntheticLog(seed: 3)
        #expect(try log.write(lineCount: 3_000, into: path) == 3)
        let logs = try LogFolder(path)
        #expect(logs.files.map(\.day.description) == ["2020-01-01", "2020-01-02", "2020-01-03"])
        #expect(try ChatTotals.fold(logs).lineCount == 3_000)
    }

    @Test("a folder without logs is refused with its name")
    func noLogs() {
        let error = #expect(throws: InputError.self) { try LogFolder("/nowhere/at/all") }
        #expect(error?.description.contains("/nowhere/at/all") == true)
    }
}
