import Foundation
import Glibc
import ProcessKit

/// A client, or a broker, as a child process whose lines are read, with deadlines, until it ends. Used by one thread.
final class ClientProcess {
    private let process = Process()
    private let input = Pipe()
    private var output = OutputLines()
    private let errors: URL
    private(set) var lines: [Line] = []
    let command: [String]

    init(_ command: [String], scratch: Scratch) throws {
        self.command = command
        errors = scratch.file("errors-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = input
        process.standardOutput = output.pipe
        process.standardError = try FileHandle(forWritingTo: errors)
        try Children.start(process)
    }

    deinit {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// What it wrote to standard error, for messages.
    var complaints: String {
        let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        return "\(command.suffix(6).joined(separator: " ")):\n\(text.suffix(3000))"
    }

    var hasEnded: Bool { output.hasEnded }
    var isRunning: Bool { process.isRunning }

    /// Writes a line to its standard input.
    func write(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    func send(signal: Int32) { Glibc.kill(process.processIdentifier, signal) }

    /// Reads what is there, waiting for it no longer than `milliseconds`; for many at once see `Crowd`.
    func read(waiting milliseconds: Int32) {
        guard output.read(until: .now + .milliseconds(milliseconds)) else { return }
        while let line = output.next() { lines.append(Line(line)) }
    }

    /// Reads until `condition` holds; an error, with what it said, at the deadline or where it ends before.
    func wait(_ what: String, for limit: Duration = .seconds(60), until condition: (ClientProcess) -> Bool) throws {
        let deadline = ContinuousClock.now + limit
        while !condition(self) {
            guard !hasEnded, .now < deadline else { throw Failure("\(what) did not come from \(complaints)") }
            read(waiting: 50)
        }
    }

    /// Reads until it has ended, and wants it to have ended well. Its lines.
    @discardableResult
    func finish(within limit: Duration = .seconds(90)) throws -> [Line] {
        let deadline = ContinuousClock.now + limit
        while !hasEnded, .now < deadline { read(waiting: 50) }
        guard hasEnded else { throw Failure("no end of \(complaints)") }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure("\(process.terminationStatus) from \(complaints)") }
        return lines
    }

    /// Kills it with SIGKILL and reads what it had still said.
    func kill() {
        send(signal: SIGKILL)
        process.waitUntilExit()
        while !hasEnded { read(waiting: 1000) }
    }
}

/// Why a scenario cannot go on.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
