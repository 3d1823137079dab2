/// `millrace broker` as a child process on a port that the system gives. Made so that tests need not wait: short
/// sessions, and groups that do not gather members for long. Used by one thread; does I/O.
package final class BrokerProcess {
    /// `host:port`.
    package let address: String
    private let process: ToolProcess

    /// - Parameters:
    ///   - path: a directory for its data and what it says on standard error.
    ///   - listen: `host:port`, of a broker that was there before; else the system gives the port.
    package init(path: String, listen: String = "127.0.0.1:0") throws {
        process = try ToolProcess(
            "millrace",
            [
                "broker", "--data", path + "/data", "--listen", listen, "--durability", "system",
                "--set", "group.min.session.timeout.ms=100", "--set", "group.initial.rebalance.delay.ms=20",
            ], errorsPath: path + "/broker.err")
        let line = try process.line(timeout: .seconds(60))
        guard let address = line.split(separator: "/").last, line.hasPrefix("ready ") else {
            throw ToolProcess.Failure(description: "a broker that is not ready: \(line)")
        }
        self.address = String(address)
    }

    /// What it has complained about.
    package var errors: String { process.errors }

    package var isRunning: Bool { process.isRunning }

    package func kill() { process.kill() }
}
