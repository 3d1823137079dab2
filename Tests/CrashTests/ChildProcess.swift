import Foundation
import Glibc

/// A process whose standard output is read line by line, with deadlines, until it is killed: by the test, or because
/// the pipe on its standard input closes with the test's process. Used by one thread.
final class ChildProcess {
    private let process = Process()
    private let life = Pipe()
    private let output = Pipe()
    private var unread: [UInt8] = []
    private var hasEnded = false
    /// Everything it has said so far, and how long after the start that was read.
    private(set) var lines: [String] = []
    private(set) var times: [Duration] = []
    private let started = ContinuousClock.now

    /// The tool is built beside the test bundle.
    init(tool: String, arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent(tool)
        process.arguments = arguments
        process.standardOutput = output
        process.standardInput = life
        try process.run()
    }

    /// Reads until `isWanted` is true of a line; false where the deadline comes first, or the process ends.
    func wait(until deadline: ContinuousClock.Instant, for isWanted: (String) -> Bool = { _ in false }) -> Bool {
        while true {
            while let line = takeLine() { if isWanted(line) { return true } }
            guard !hasEnded, read(until: deadline) else { return false }
        }
    }

    /// Kills it with SIGKILL and reads what it had still said. False where it had ended by itself.
    func kill() -> Bool {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        _ = wait(until: .now + .seconds(5))
        return process.terminationReason == .uncaughtSignal
    }

    private func takeLine() -> String? {
        guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: unread[..<end], as: UTF8.self)
        unread.removeSubrange(...end)
        lines.append(line)
        times.append(.now - started)
        return line
    }

    /// Waits for more output; false at the deadline and at the end of the output.
    private func read(until deadline: ContinuousClock.Instant) -> Bool {
        let left = (deadline - .now) / .milliseconds(1)
        guard left > 0 else { return false }
        var descriptor = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, Int32(min(left, 60_000).rounded(.up))) > 0 else { return true }
        let data = output.fileHandleForReading.availableData
        if data.isEmpty { hasEnded = true }
        unread += data
        return !data.isEmpty
    }
}
