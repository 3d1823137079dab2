internal import Foundation
internal import Glibc
internal import ProcessKit

/// A program that is built beside the test bundle, as a child process. It is killed with its owner, and ends with the
/// test run (`Children`): nothing is left behind, not even a stopped process. Used by one thread; does I/O.
package final class ToolProcess {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let name: String
    private let process = Process()
    private var output = OutputLines()
    private let errorsPath: String

    /// - Parameter errorsPath: the file that its standard error is added to.
    package init(_ name: String, _ arguments: [String], errorsPath: String) throws {
        self.name = name
        self.errorsPath = errorsPath
        process.executableURL = Children.location(ofTool: name)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.pipe
        if !FileManager.default.fileExists(atPath: errorsPath) {
            _ = FileManager.default.createFile(atPath: errorsPath, contents: nil)
        }
        let errors = FileHandle(forWritingAtPath: errorsPath)
        _ = try errors?.seekToEnd()
        process.standardError = errors
        try Children.start(process)
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
            if let line = output.next() { return line }
            guard output.read(until: deadline) else {
                throw Failure(
                    description: "\(name) \(output.hasEnded ? "has ended" : "says nothing in \(timeout)"): \(errors)")
            }
        }
    }
}
