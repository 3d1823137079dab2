import ChatAnalyticsKit
import Foundation
import Millrace
import MillraceCore

// Run and killed by `ChatCrashTests`: the example over the data directory it is given, with the logs in `logs/` flowing
// in slowly, up to a number of new lines that it is given too. It goes on where the last life was killed, and says on
// standard output, a line each, what happens:
//
//     state running
//     restore <task> <store> <checkpoint, or -> <from> <to> <records> <kept, or why it was rebuilt>
//     sent <lines of the input that are in the topic>
//
// It ends by itself only after an error.

/// Lines that are sent at once, and the pause after them: so that input flows during all lives.
let linesAtOnce = 6
let pause = Duration.milliseconds(12)

/// One write a line, so that a kill never leaves half of one.
@Sendable func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

func fail(_ error: any Error) -> Never {
    say("error \(error)")
    exit(1)
}

do {
    let directory = CommandLine.arguments[1]
    let linesMaximum = Int(CommandLine.arguments[2]) ?? 0
    let application = try ChatApplication(
        ChatApplication.Settings(
            dataDirectory: directory, partitions: 4, threads: 2, commitInterval: .milliseconds(20),
            flushInterval: .milliseconds(60)))
    application.streams.onStateChange { new, _ in say("state \(new)") }
    application.streams.onRestore { report in
        let checkpoint = report.checkpoint.map { "\($0.rawValue)" } ?? "-"
        let rebuild = report.rebuild.map { "\($0)" } ?? "kept"
        say(
            "restore \(report.task) \(report.store) \(checkpoint) \(report.from.rawValue) \(report.to.rawValue) "
                + "\(report.restoredRecords) \(rebuild)")
    }
    try application.start()
    let ingest = try application.makeIngest()
    for file in try LogFolder("\(directory)/logs").files {
        try ChatLogParser.forEachLine(of: try file.read(), day: file.day) { line in
            try ingest.send(line)
            let sent = ingest.lineCount - ingest.skippedCount
            guard sent > 0, sent % linesAtOnce == 0 else { return }
            try ingest.flush()
            say("sent \(ingest.lineCount)")
            // The pause ends early if the application fails.
            let isOver = sent + linesAtOnce > linesMaximum
            if application.streams.waitUntil(.error, timeout: isOver ? .seconds(60) : pause) || isOver {
                fail(application.streams.error ?? StreamsError(.timedOut, "nobody has killed this life"))
            }
        }
    }
    throw StreamsError(.timedOut, "the input was over before this life")
} catch {
    fail(error)
}
