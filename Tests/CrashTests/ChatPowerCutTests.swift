import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceBroker
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

/// The example over a broker on a simulated disk that loses its power while the streams run: unsynced bytes are kept,
/// lost or torn, by seed. The stores lie on a real disk, which keeps whatever they have written down: a store must
/// never stand for an offset that the broker could still lose.
@Suite("After a power cut an application goes on exactly where it was", .serialized)
struct ChatPowerCutTests {
    private static let lives = 2
    private static let lineCount = 900

    @Test("power cuts while the streams run", .timeLimit(.minutes(5)), arguments: Seeds.first(10, of: 24))
    func powerCuts(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let disk = SimulatedDisk(seed: dice.next())
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-power-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = ChatApplication.Settings(
            dataDirectory: folder.path(percentEncoded: false), partitions: 2, threads: 2,
            commitInterval: .milliseconds(5), flushInterval: .milliseconds(10))
        var log = SyntheticLog(seed: seed, nickCount: 40)
        var lines: [ChatLogParser.Line] = []
        ChatLogParser.forEachLine(
            of: log.day(lineCount: ChatPowerCutTests.lineCount), day: ChatDay(daysSinceEpoch: 18_262)
        ) { lines.append($0) }

        var ledger = ReplayLedger()
        for life in 0..<ChatPowerCutTests.lives {
            let comment: Comment = "seed \(seed), life \(life)"
            let application = try open(settings, disk, seed: dice.next())
            try application.start()
            try send(lines, into: application, &dice)
            if life == 0 { try waitForCommit(application, comment) }
            disk.crash()
            _ = application.streams.close(timeout: .seconds(20))
            for report in application.streams.restoreReports where report.isComplete {
                ledger.add(Restore(report), comment)
            }
        }
        let application = try open(settings, disk, seed: dice.next())
        try LastLife(application, lines).run(&ledger, "seed \(seed)")
        #expect(ledger.tails > 0, "seed \(seed)")
        try application.close()
        try (application.cluster as? EmbeddedCluster)?.broker.close()
    }

    /// Queries see the first commit, so at least one store has something to write down.
    private func waitForCommit(_ application: ChatApplication, _ comment: Comment) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? application.stores.lineCount()) ?? 0 == 0 {
            try #require(ContinuousClock.now < deadline && application.streams.error == nil, comment)
            _ = application.streams.waitUntil(.error, timeout: .milliseconds(2))
        }
    }

    /// Without a maintenance thread: the broker of a life that is over must not touch the disk of the next.
    private func open(
        _ settings: ChatApplication.Settings, _ disk: SimulatedDisk, seed: UInt64
    ) throws -> ChatApplication {
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        let broker = try Broker(
            configuration, disk: disk, clock: SystemClock(), entropy: SeededEntropy(seed: seed))
        return try ChatApplication(settings, cluster: EmbeddedCluster(broker))
    }

    /// Sends some more lines while the streams run, and leaves at a random moment.
    private func send(
        _ lines: [ChatLogParser.Line], into application: ChatApplication, _ dice: inout SeededGenerator
    ) throws {
        if !dice.once(in: 4) { #expect(application.streams.waitUntil(.running, timeout: .seconds(9))) }
        let ingest = try application.makeIngest()
        let batches = Int.random(in: 1...20, using: &dice)
        let linesAtOnce = 10
        for line in lines {
            try ingest.send(line)
            let sent = ingest.lineCount - ingest.skippedCount
            guard sent > 0, sent % linesAtOnce == 0 else { continue }
            try ingest.flush()
            // A pause that ends early if the application fails.
            let pause = Duration.microseconds(Int.random(in: 0..<10_000, using: &dice))
            #expect(!application.streams.waitUntil(.error, timeout: pause))
            if sent >= batches * linesAtOnce { return }
        }
    }
}
