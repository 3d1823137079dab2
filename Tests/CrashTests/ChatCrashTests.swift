import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceSimulation
import Testing

/// The example's topology in a process of its own, which is killed with `kill -9` again and again while its input keeps
/// flowing: while it opens the broker, restores, processes, commits, writes stores down.
@Suite("A killed application goes on exactly where it was", .serialized)
struct ChatCrashTests {
    private static let kills = 20
    private static let lineCount = 16_000
    /// So many for each life that there are some left for the next.
    private static let linesPerLife = lineCount / (kills + 1)
    /// A life that does not run by then was held up by what the life before had left: a session or a transaction that
    /// has to time out takes 10 s and more.
    private static let patience = Duration.seconds(9)

    /// When a life ends: some time after something it says.
    private enum Moment: Hashable {
        case afterStart
        case afterRestore(Int)
        case afterRunning
        case afterSending(Int)

        static func random(_ dice: inout SeededGenerator) -> Moment {
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: .afterStart
            case 1: .afterRestore(Int.random(in: 1...24, using: &dice))
            case 2, 3: .afterRunning
            default: .afterSending(Int.random(in: 1...60, using: &dice))
            }
        }
    }

    @Test("twenty kills at random moments", .timeLimit(.minutes(5)))
    func kills() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var dice = SeededGenerator(seed: seed)
        let folder = FileManager.default.temporaryDirectory.appending(path: "chat-crash-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let directory = folder.path(percentEncoded: false)
        var log = SyntheticLog(seed: seed, nickCount: 120)
        _ = try log.write(lineCount: ChatCrashTests.lineCount, into: "\(directory)/logs")

        var ledger = ReplayLedger()
        var sent = 0
        var livesWithInput = 0
        var runningAfter: [Duration] = []
        for life in 0..<ChatCrashTests.kills {
            let moment = life == 0 ? .afterSending(20) : Moment.random(&dice)
            let delay = Duration.microseconds(
                Int.random(in: 0..<(moment == .afterStart ? 600_000 : 300_000), using: &dice))
            let comment: Comment = "seed \(seed), life \(life), killed \(delay) \(moment)"
            let child = try live(in: directory, until: moment, delay, comment)
            let lines = child.lines
            for line in lines { if let restore = Restore(line: line) { ledger.add(restore, comment) } }
            let progress = lines.compactMap { $0.hasPrefix("sent ") ? Int($0.dropFirst(5)) : nil }
            #expect(progress.first ?? sent >= sent, "input went back: \(comment)")
            if let last = progress.last {
                livesWithInput += 1
                sent = last
            }
            if let line = lines.firstIndex(of: "state running") {
                #expect(child.times[line] < ChatCrashTests.patience, comment)
                runningAfter.append(child.times[line])
            }
        }
        let comment: Comment = "seed \(seed)"
        #expect(livesWithInput >= ChatCrashTests.kills / 2, comment)
        try finish(directory, &ledger, comment)
        // The promise about replays was put to the test: stores had been written down between the kills.
        #expect(ledger.advances > ChatCrashTests.kills && ledger.tails > ledger.advances, comment)
        print(
            "\(ChatCrashTests.kills) kills, seed \(seed): \(sent) of \(ChatCrashTests.lineCount) lines sent before "
                + "the last; \(runningAfter.count) lives came to run, after \(runningAfter.max() ?? .zero) at most; "
                + "stores were found further on \(ledger.advances) times; \(ledger.replayedRecords) records replayed, "
                + "\(ledger.sparedOffsets) offsets spared")
    }

    /// One life, with what it said.
    private func live(
        in directory: String, until moment: Moment, _ delay: Duration, _ comment: Comment
    ) throws -> ChildProcess {
        let child = try ChildProcess(tool: "ChatCrashTool", arguments: [directory, "\(ChatCrashTests.linesPerLife)"])
        let deadline = ContinuousClock.now + ChatCrashTests.patience * 3
        var seen = 0
        func wait(for prefix: String, times: Int) -> Bool {
            child.wait(until: deadline) { line in
                if line.hasPrefix(prefix) { seen += 1 }
                return seen >= times
            }
        }
        let hasCome =
            switch moment {
            case .afterStart: true
            case .afterRestore(let count): wait(for: "restore ", times: count)
            case .afterRunning: wait(for: "state running", times: 1)
            case .afterSending(let count): wait(for: "sent ", times: count)
            }
        if hasCome { _ = child.wait(until: .now + delay) }
        let wasKilled = child.kill()
        #expect(hasCome && wasKilled, "\(comment); last words: \(child.lines.suffix(3))")
        return child
    }

    /// The last life, in this process.
    private func finish(_ directory: String, _ ledger: inout ReplayLedger, _ comment: Comment) throws {
        let application = try ChatApplication(
            ChatApplication.Settings(dataDirectory: directory, commitInterval: .milliseconds(20)))
        let lines = try LogFolder("\(directory)/logs").lines()
        #expect(lines.count == ChatCrashTests.lineCount, comment)
        try LastLife(application, lines).run(&ledger, comment)
        try application.close()
    }
}
