import Foundation
import Testing

/// One test's folder, broker, and ways to run clients against it. Used by one thread.
final class Workshop {
    let scratch: Scratch
    let broker: BrokerProcess
    /// How clients find the broker, and what else each is told.
    var common: [String: String] = [:]

    init(_ settings: [String: String] = [:]) throws {
        scratch = try Scratch()
        broker = try BrokerProcess(scratch: scratch, settings: settings)
    }

    /// Starts a client's program.
    func start(_ client: Client, _ verb: String, _ words: [String: String]) throws -> ClientProcess {
        let words = ["bootstrap": broker.bootstrap, "seconds": "100"].merging(common) { $1 }.merging(words) { $1 }
        return try ClientProcess(client.command(verb, words), scratch: scratch)
    }

    /// Runs a client's program to its end.
    @discardableResult
    func run(_ client: Client, _ verb: String, _ words: [String: String]) throws -> [Line] {
        try start(client, verb, words).finish()
    }

    /// The lines of each process once it has ended. One that fails is an issue, and left out.
    func results<Name>(_ processes: [(Name, ClientProcess)]) -> [(name: Name, lines: [Line])] {
        processes.compactMap { name, process in
            do {
                return (name, try process.finish())
            } catch {
                Issue.record("\(name): \(error)")
                return nil
            }
        }
    }

    /// Makes a topic, with a client that can.
    func create(_ topic: String, partitions: Int = 1, _ configs: [String: String] = [:]) throws {
        var words = ["topic": topic, "partitions": "\(partitions)"]
        for (name, value) in configs { words["config." + name] = value }
        try run(.confluent, "create", words)
    }

    /// Starts sending records.
    func produce(_ records: [PlannedRecord], to topic: String, by client: Client = .confluent) throws -> ClientProcess {
        let plan = try scratch.write("plan-\(UUID().uuidString)", records.text)
        return try start(client, "produce", ["topic": topic, "plan": plan])
    }

    /// The directory of a partition's log.
    func directory(_ topic: String, _ partition: Int) -> String {
        broker.data.appendingPathComponent("topics/\(topic)-\(partition)").path
    }
}
