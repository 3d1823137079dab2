/// What a command found: for people, and for machines. Pure.
struct Report: Sendable {
    /// Ends with a line break, unless it is empty.
    var text: String
    var json: JSON
    var exitCode = ExitCode.success
    /// For standard error, a line each.
    var failures: [String] = []

    init(_ text: String, json: JSON, exitCode: ExitCode = .success) {
        self.text = text
        self.json = json
        self.exitCode = exitCode
    }
}

/// One of several things that were asked for, and what became of it. The report of commands that do a thing to many.
struct Outcome: Sendable {
    /// "topic lines"
    var subject: String
    /// "created"
    var done: String
    /// Why it was not done.
    var failure: String?
}

extension Report {
    /// A line each; fails where one has.
    init(_ outcomes: [Outcome]) {
        text = outcomes.filter { $0.failure == nil }.map { "\($0.subject): \($0.done)\n" }.joined()
        json = .array(
            outcomes.map {
                ["subject": JSON($0.subject), "done": .bool($0.failure == nil), "error": JSON($0.failure)]
            })
        exitCode = outcomes.contains { $0.failure != nil } ? .failure : .success
        failures = outcomes.compactMap { outcome in outcome.failure.map { "\(outcome.subject): \($0)" } }
    }
}
