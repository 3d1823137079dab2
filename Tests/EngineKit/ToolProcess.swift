internal import Foundation
internal import Glibc

/// A program that is built beside the test bundle, as a child process. It is killed with its owner, and by the kernel
/// (PR_SET_PDEATHSIG) when the thread that has started it ends, as in a killed test run: nothing is left behind, not
/// even a stopped process. So the thread of the test starts it. Used by one thread; does I/O.
package final class ToolProcess {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let name: String
    private let process = Process()
    private let output = Pipe()
    private let errorsPath: String
    private var unread: [UInt8] = []

    /// - Parameter errorsPath: the file that its standard error is added to.
    package init(_ name: String, _ arguments: [String], errorsPath: String) throws {
        self.name = name
        self.errorsPath = errorsPath
        let tool = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent(name).path
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["setpriv", "--pdeathsig", "KILL", tool] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        if !FileManager.default.fileExists(atPath: errorsPath) {
            _ = FileManager.default.createFile(atPath: errorsPath, contents: nil)
        }
        let errors = FileHandle(forWritingAtPath: errorsPath)
        _ = try errors?.seekToEnd()
        process.standardError = errors
        try process.run()
    }

    deinit { kill() }

    /// False where it has ended by itself.
    package var isRunning: Bool { process.isRunning }

    /// What it and those before it have written to their standard error.
    package var errors: String { (try? String(contentsOfFile: errorsPath, encoding: .utf8)) ?? "" }

    package func send(_ signal: Int32) {
        if process.isRunning { Glibc.kill(process.processIdentifier, signal) }
    }

    /// Ends it at once, stopped or not.
    package func kill() {
        send(SIGKILL)
        process.waitUntilExit()
    }

    /// Ends it in order; its exit status.
    package func terminate() -> Int32 {
        send(SIGTERM)
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The next line of its standard output.
    package func line(timeout: Duration) throws -> String {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...end) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw Failure(description: "\(name) says nothing in \(timeout): \(errors)") }
            var descriptor = pollfd(
                fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Int32(min(left, 60_000).rounded(.up))) > 0 else { continue }
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failure(description: "\(name) has ended: \(errors)") }
            unread += data
        }
    }
}
