import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCore
import Testing

@Suite("The example, whole")
struct ChatApplicationTests {
    @Test("its stores equal a plain fold, also after it was closed and opened again", arguments: [1, 2])
    func wholeRun(threads: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-application-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = ChatApplication.Settings(
            dataDirectory: folder.path(percentEncoded: false), partitions: 3, threads: threads)
        var log = SyntheticLog(seed: UInt64(threads), nickCount: 80)
        var lines: [ChatLogParser.Line] = []
        for day in [18_263, 18_262] as [Int32] {
            ChatLogParser.forEachLine(of: log.day(lineCount: 1_000), day: ChatDay(daysSinceEpoch: day)) {
                lines.append($0)
            }
        }
        for count in [700, 2_000] {
            var expected = ChatTotals()
            for line in lines.prefix(count) { expected.add(line) }
            expected.rankTalkers()
            try run(settings, lines.prefix(count), expecting: expected)
        }
    }

    private func run(
        _ settings: ChatApplication.Settings, _ lines: ArraySlice<ChatLogParser.Line>, expecting expected: ChatTotals
    ) throws {
        let application = try ChatApplication(settings)
        try application.start()
        let ingest = try application.makeIngest()
        for line in lines { try ingest.send(line) }
        try ingest.flush()
        ingest.close()
        let isDone = try application.waitUntilDone(timeout: .seconds(60))
        let lag = try application.lag()
        #expect(isDone, "\(lag) records are left")
        #expect(try application.totals().differences(from: expected) == [])
        let top = try #require(expected.topTalkers.talkers.first)
        #expect(try application.stores.activity(of: top.nick) == expected.nicks[top.nick])
        #expect(try application.stores.activity(of: "nobody at all") == nil)
        #expect(application.streams.error == nil)
        try application.close()
        #expect(throws: QueryError.self) { try application.stores.topTalkers() }
    }
}
