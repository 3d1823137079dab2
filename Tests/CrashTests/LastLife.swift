import ChatAnalyticsKit
import Millrace
import Testing

/// A life that nobody ends: what is left of the input is sent and processed, then everything is compared with the plain
/// fold. Runs on the thread of the test.
struct LastLife {
    private let application: ChatApplication
    private let lines: [ChatLogParser.Line]

    init(_ application: ChatApplication, _ lines: [ChatLogParser.Line]) {
        self.application = application
        self.lines = lines
    }

    func run(_ ledger: inout ReplayLedger, _ comment: Comment) throws {
        try application.start()
        #expect(application.streams.waitUntil(.running, timeout: .seconds(9)), comment)
        for report in application.streams.restoreReports {
            #expect(report.isComplete, comment)
            ledger.add(Restore(report), comment)
        }
        let ingest = try application.makeIngest()
        for line in lines { try ingest.send(line) }
        try ingest.flush()
        #expect(ingest.skippedCount > 0 && ingest.skippedCount < lines.count, comment)
        ingest.close()
        let isDone = try application.waitUntilDone(timeout: .seconds(60))
        let lag = try application.lag()
        #expect(isDone, "\(lag) records are left; \(comment)")
        let expected = PlainFold(lines)
        try expected.checkStores(application, comment)
        try expected.checkTopics(application.cluster, comment)
        #expect(application.streams.error == nil, comment)
    }
}

extension LogFolder {
    /// All lines, in the order of their days.
    func lines() throws -> [ChatLogParser.Line] {
        var lines: [ChatLogParser.Line] = []
        for file in files {
            ChatLogParser.forEachLine(of: try file.read(), day: file.day) { lines.append($0) }
        }
        return lines
    }
}
