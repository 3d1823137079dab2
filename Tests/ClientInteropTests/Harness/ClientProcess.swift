import Foundation
import Glibc

/// A client, or a broker, as a child process whose lines are read, with deadlines, until it ends. Used by one thread.
final class ClientProcess {
    private let process = Process()
    /// Ends the process where this one ends, however that may be.
    private let life = Pipe()
    private let output = Pipe()
    private let errors: URL
    private var unread: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var lines: [Line] = []
    let command: [String]

    init(_ command: [String], scratch: Scratch) throws {
        self.command = command
        errors = scratch.file("errors-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = life
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        // Children inherit what signals are blocked here, and threads of a pool block those that are to end a child.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
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

    var isRunning: Bool { process.isRunning }

    /// Writes a line to its standard input.
    func write(_ line: String) throws { try life.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    func send(signal: Int32) { Glibc.kill(process.processIdentifier, signal) }

    /// Reads what is there, waiting for it no longer than `milliseconds`; for many at once see `Crowd`.
    func read(waiting milliseconds: Int32) {
        guard !hasEnded else { return }
        var descriptor = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return }
        let data = output.fileHandleForReading.availableData
        hasEnded = data.isEmpty
        unread += data
        takeLines()
    }

    private func takeLines() {
        var start = unread.startIndex
        while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(Line(String(decoding: unread[start..<end], as: UTF8.self)))
            start = end + 1
        }
        unread.removeFirst(start)
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
