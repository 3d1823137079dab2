import Foundation
import MillraceCore

/// A process whose lines are read as they come. It has a pipe on its standard input, which the system closes with this
/// process, however that ends: children look out for that. Any thread; the lines are taken by a thread of its own.
final class ChildProcess: Sendable {
    struct Output {
        var lines: [String] = []
        var hasEnded = false
    }

    let output = Monitor(Output())
    private let process: Process
    private let input: FileHandle

    /// - Parameter errors: the file that gets what it writes to its standard error.
    init(_ program: String, _ arguments: [String], errors: String) throws {
        let process = Process()
        let input = Pipe()
        let lines = Pipe()
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = lines
        process.standardError = FileHandle(forWritingAtPath: errors)
        try process.run()
        self.process = process
        self.input = input.fileHandleForWriting
        ChildProcess.read(lines.fileHandleForReading, into: output)
    }

    deinit {
        kill()
        process.waitUntilExit()
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func write(_ line: String) throws { try input.write(contentsOf: Data("\(line)\n".utf8)) }

    /// `kill -9`.
    func kill() { if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) } }

    /// Asks it to end in order.
    func terminate() { if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGTERM) } }

    /// Waits for its end; whether it came in time and was a good one.
    func ends(within limit: Duration) -> Bool {
        guard output.wait(timeout: limit, until: { $0.hasEnded }) else { return false }
        process.waitUntilExit()
        return process.terminationReason == .exit && process.terminationStatus == 0
    }

    private static func read(_ handle: FileHandle, into output: Monitor<Output>) {
        Thread.detachNewThread {
            var unread = Data()
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                unread += data
                let parts = unread.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                unread = Data(parts.last ?? Data())
                let whole = parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
                output.update { $0.lines += whole }
            }
            output.update { $0.hasEnded = true }
        }
    }
}
