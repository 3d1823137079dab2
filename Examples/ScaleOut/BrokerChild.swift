import Foundation
import MillraceCore

/// `millrace broker` as a process beside the instances: they see it over TCP only. Does I/O.
final class BrokerChild: Sendable {
    private static let patience = Duration.seconds(60)

    /// `host:port`.
    let address: String
    private let process: ChildProcess

    /// - Throws: `ScaleOutError` where the program is not there, or does not come up.
    init(directory: String) throws {
        let program = ScaleOutPrograms.path("millrace")
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw ScaleOutError("\(program) is not there; build it: swift build --product millrace")
        }
        let errors = "\(directory)/broker.err"
        process = try ChildProcess(
            program,
            [
                "broker", "--data", "\(directory)/broker", "--listen", "127.0.0.1:0", "--durability", "interval",
                "--set", "group.min.session.timeout.ms=500", "--exit-with-parent",
            ], errors: errors)
        // ready PLAINTEXT://127.0.0.1:38067
        func address(_ output: ChildProcess.Output) -> String? {
            output.lines.first { $0.hasPrefix("ready ") }?.split(separator: "/").last.map(String.init)
        }
        _ = process.output.wait(timeout: BrokerChild.patience) { address($0) != nil || $0.hasEnded }
        guard let found = process.output.withLock({ address($0) }) else {
            let words = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
            throw ScaleOutError("the broker does not come up: \(words.suffix(500))")
        }
        self.address = found
    }

    /// Ends it in order; whether it did.
    func stop() -> Bool {
        process.terminate()
        return process.ends(within: BrokerChild.patience)
    }
}

/// Our programs lie in one folder.
enum ScaleOutPrograms {
    /// Of this program itself, "ScaleOut".
    static let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path

    static func path(_ name: String) -> String {
        URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
    }
}
