import Foundation
import Glibc
import MillraceCore

/// This program once more, as another process that can be killed. What it prints comes back line by line.
final class ChildProcess {
    private struct Output {
        var lines: [String] = []
        var rest = ""
    }

    private let process = Process()
    private let output = Monitor(Output())

    init(_ arguments: [String]) throws {
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardOutput = pipe
        // Whoever sees the end of its input knows that nobody is there any more.
        process.standardInput = Pipe()
        pipe.fileHandleForReading.readabilityHandler = { [output] handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty { handle.readabilityHandler = nil }
            output.update { output in
                let parts = (output.rest + text).split(separator: "\n", omittingEmptySubsequences: false)
                output.lines += parts.dropLast().map(String.init)
                output.rest = parts.last.map(String.init) ?? ""
            }
        }
        try process.run()
    }

    deinit { kill() }

    /// Takes what it has printed up to a line that begins in this way, and returns the rest of that line.
    func waitForLine(_ prefix: String, timeout: Duration = .seconds(120)) throws -> String {
        func place(_ output: Output) -> Int? { output.lines.firstIndex { $0.hasPrefix(prefix) } }
        guard output.wait(timeout: timeout, until: { place($0) != nil }) else {
            throw WrongResult(description: "process \(process.processIdentifier) did not say \"\(prefix)\" in time")
        }
        return output.withLock { output in
            guard let place = place(output) else { return "" }
            defer { output.lines.removeFirst(place + 1) }
            return String(output.lines[place].dropFirst(prefix.count)).trimmingCharacters(in: .whitespaces)
        }
    }

    /// Ends it at once, with nothing written down, and waits until it is gone.
    func kill() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Processor time that it has used, user and system, all threads.
    var cpuSeconds: Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return 0 }
        // Fields 14 and 15; the name before ")" is the second.
        let fields = text[end...].split(separator: " ").dropFirst()
        let ticks = fields.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
