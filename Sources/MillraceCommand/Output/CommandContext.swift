internal import MillraceCore

/// What a running command may touch: the console, the clock, the wish to end. Used by the main thread.
struct CommandContext: Sendable {
    let console: Console
    let clock: any Clock
    let interruption: Interruption

    /// Puts a report out in the form that was asked for.
    func show(_ report: Report, asJSON: Bool) -> ExitCode {
        console.write(asJSON ? report.json.text + "\n" : report.text)
        for failure in report.failures { console.note("error: \(failure)") }
        return report.exitCode
    }
}

/// A failure to be told in one line, with the exit code that fits.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String
    var exitCode: ExitCode

    init(_ description: String, exitCode: ExitCode = .failure) {
        self.description = description
        self.exitCode = exitCode
    }
}
