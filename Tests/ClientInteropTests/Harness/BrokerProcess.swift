import Foundation
import Glibc
import Testing

/// `millrace broker` as a child process on a port that the system gives, with a data directory of its own.
/// Used by one thread.
final class BrokerProcess {
    let data: URL
    private let scratch: Scratch
    private let settings: [String: String]
    private var process: ClientProcess
    /// The listener's address.
    private(set) var bootstrap = ""

    /// `settings` are lines of the configuration file.
    init(scratch: Scratch, settings: [String: String]) throws {
        self.scratch = scratch
        self.settings = settings
        data = scratch.file("data")
        process = try Self.start(scratch: scratch, data: data, address: "127.0.0.1:0", settings: settings)
        try findAddress()
    }

    /// Ends it before its folder is removed: a broker that still writes would leave some of it behind.
    deinit { try? stop() }

    private static func start(
        scratch: Scratch, data: URL, address: String, settings: [String: String]
    ) throws -> ClientProcess {
        // Beside the test bundle; another broker where somebody wants to see what that one does with these tests.
        let other = ProcessInfo.processInfo.environment["MILLRACE_INTEROP_BROKER"]
        let tool = other ?? Tools.path("millrace")
        let text = settings.map { "\($0.key)=\($0.value)\n" }.sorted().joined()
        let file = try scratch.write("broker.properties", text)
        let command = [tool, "broker", "--data", data.path, "--listen", address, "--config", file]
        guard other != nil else { return try ClientProcess(command, scratch: scratch) }
        // The other one may be a script with children: they do not outlive its test by much. In the foreground
        // `timeout` passes a signal on once, else twice.
        return try ClientProcess(["timeout", "--foreground", "--signal=KILL", "400"] + command, scratch: scratch)
    }

    private func findAddress() throws {
        var found = ""
        try process.wait("the broker's address", for: .seconds(90)) { process in
            for line in process.lines {
                if let match = line.description.firstMatch(of: #/127\.0\.0\.1:([1-9][0-9]*)/#) {
                    found = String(match.0)
                }
            }
            return !found.isEmpty
        }
        bootstrap = found
    }

    /// Stops it in order and starts it again on the same address.
    func restart() throws {
        process.send(signal: SIGTERM)
        try process.finish(within: .seconds(30))
        process = try Self.start(scratch: scratch, data: data, address: bootstrap, settings: settings)
        try findAddress()
    }

    /// Stops it in order, if it runs.
    func stop() throws {
        guard process.isRunning else { return }
        process.send(signal: SIGTERM)
        try process.finish(within: .seconds(30))
    }
}
