import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCore

/// One run of the example, from logs to final tables. Does I/O; lives on the main thread, while the streams run on
/// theirs.
final class Demo {
    private let options: Options
    private let workspace: Workspace
    private var screen = LiveScreen(style: Terminal.style) { Terminal.write($0) }
    private let clock = SystemClock()
    private let started: UInt64
    private var lastDrawn = -Demo.drawEveryMilliseconds

    /// Without any progress for so long, the run is given up.
    private static let patienceMilliseconds: Int64 = 60_000
    private static let drawEveryMilliseconds: Int64 = 100

    init(_ options: Options) throws {
        self.options = options
        workspace = try Workspace(options)
        started = clock.monotonicNanoseconds()
    }

    /// Whether the stores agree with the plain fold.
    func run() throws -> Bool {
        defer { workspace.remove() }
        let folder = try findLogs()
        let application = try ChatApplication(
            ChatApplication.Settings(
                dataDirectory: workspace.data, partitions: options.partitions, threads: options.threads))
        try application.start()
        let lineCount = try ingest(folder, into: application)
        try waitForStreams(application, lineCount: lineCount)
        let seconds = String(format: "%.1f", Double(now) / 1_000)
        let totals = try application.totals()
        screen.print(["\(grouped(lineCount)) lines counted exactly once, \(seconds) s after the start.", ""])
        screen.print(ChatTables.final(totals) + [""])
        try answer(options.ask ?? totals.topTalkers.talkers.first?.nick ?? "", from: application.stores)
        screen.print(["Closing, then folding the same \(folder.files.count) files plainly …"])
        try application.close()
        let differences = totals.differences(from: try ChatTotals.fold(folder))
        // On a busy disk this takes a while; the verdict is to be the last thing that happens.
        workspace.remove()
        return verdict(differences)
    }

    // MARK: Steps

    private func findLogs() throws -> LogFolder {
        if let logs = options.logs { return try LogFolder(logs) }
        screen.print(["Writing a synthetic log of \(grouped(options.lines)) lines (seed \(options.seed)) …"])
        var log = SyntheticLog(seed: options.seed)
        _ = try log.write(lineCount: options.lines, into: workspace.logs)
        return try LogFolder(workspace.logs)
    }

    /// Sends all lines, while the streams already count; returns how many there are.
    private func ingest(_ folder: LogFolder, into application: ChatApplication) throws -> Int {
        let ingest = try application.makeIngest()
        defer { ingest.close() }
        for (index, file) in folder.files.enumerated() {
            try ingest.send(file)
            try draw(application, sent: ingest.lineCount) {
                "Reading \(progressBar(done: index + 1, of: folder.files.count))  \(file.day)"
            }
        }
        try ingest.flush()
        if ingest.skippedCount > 0 {
            screen.print(["\(grouped(ingest.skippedCount)) lines were there from an earlier run."])
        }
        return ingest.lineCount
    }

    /// Returns when all that was sent is counted and committed.
    private func waitForStreams(_ application: ChatApplication, lineCount: Int) throws {
        var lag = Int64.max
        var lastProgress = now
        while lag > 0 {
            let left = try application.lag()
            if left != lag { lastProgress = now }
            lag = left
            guard now - lastProgress < Demo.patienceMilliseconds else {
                throw DemoError("no progress for a minute, \(grouped(lag)) records are left")
            }
            try draw(application, sent: lineCount) { "Counting, \(grouped(lag)) records to go" }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func answer(_ nick: String, from stores: ChatStores) throws {
        let activity = try stores.activity(of: nick)
        guard let activity, let first = activity.activeDays.first, let last = activity.activeDays.last else {
            screen.print(["Asked the store \(ChatTopology.Stores.nicks) for \(nick): nobody of that name wrote.", ""])
            return
        }
        screen.print([
            """
            Asked the store \(ChatTopology.Stores.nicks) for \(TextTable.printable(nick)): \
            \(grouped(activity.messageCount)) messages on \(grouped(activity.activeDayCount)) days, \
            \(first) to \(last).
            """, "",
        ])
    }

    private func verdict(_ differences: [String]) -> Bool {
        if differences.isEmpty {
            screen.print(["The plain fold gives the same totals."])
            return true
        }
        screen.print(["The totals DIFFER from the plain fold:"] + differences.map { "  " + $0 })
        return false
    }

    // MARK: Drawing

    /// Milliseconds since the start.
    private var now: Int64 { Int64((clock.monotonicNanoseconds() - started) / 1_000_000) }

    private func draw(_ application: ChatApplication, sent: Int, _ step: () -> String) throws {
        if let error = application.streams.error { throw error }
        guard now - lastDrawn >= Demo.drawEveryMilliseconds else { return }
        lastDrawn = now
        let stores = application.stores
        // Until the tasks have been handed out there is no store to ask.
        let counted = (try? stores.lineCount()) ?? 0
        let summary = "\(step())  ·  sent \(grouped(sent))  ·  counted \(grouped(counted))"
        screen.show(summary: summary, details: liveTable(stores), now: now)
    }

    private func liveTable(_ stores: ChatStores) -> [String] {
        guard let top = try? stores.topTalkers() else { return [] }
        return ChatTables.talkers(top) { try? stores.activity(of: $0) }.lines
    }
}

/// Why a run was given up.
struct DemoError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
