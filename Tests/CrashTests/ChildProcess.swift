import Foundation
import Glibc
import ProcessKit

/// A process whose standard output is read line by line, with deadlines, until it is killed: by the test, or because
/// the test's process ends. Used by one thread.
final class ChildProcess {
    private let process = Process()
    private var output = OutputLines()
    /// Everything it has said so far, and how long after the start that was read.
    private(set) var lines: [String] = []
    private(set) var times: [Duration] = []
    private let started = ContinuousClock.now

    /// The tool is built beside the test bundle.
    init(tool: String, arguments: [String]) throws {
        process.executableURL = Children.location(ofTool: tool)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.pipe
        try Children.start(process)
    }

    /// Reads until `isWanted` is true of a line; false where the deadline comes first, or the process ends.
    func wait(until deadline: ContinuousClock.Instant, for isWanted: (String) -> Bool = { _ in false }) -> Bool {
        while true {
            while let line = takeLine() { if isWanted(line) { return true } }
            guard output.read(until: deadline) else { return false }
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
        guard let line = output.next() else { return nil }
        lines.append(line)
        times.append(.now - started)
        return line
    }
}
