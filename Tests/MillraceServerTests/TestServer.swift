import Foundation
import MillraceBroker
import MillraceCore
import MillraceSimulation
import WireClientKit

@testable import MillraceServer

/// A broker with its server, in a directory of its own that goes with it. What the server logs can be waited for.
final class TestServer {
    let broker: Broker
    let server: BrokerServer
    private let directory: String
    private let lines = Monitor<[String]>([])

    init(
        durability: Durability = .system, onDisk: Bool = true,
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        directory = NSTemporaryDirectory() + "millrace-server-\(UUID().uuidString)"
        broker = try Broker(
            BrokerConfiguration(dataDirectory: directory, durability: durability),
            disk: onDisk ? FileSystemDisk() : SimulatedDisk(seed: 1) as any Disk, clock: SystemClock(),
            entropy: SystemEntropy())
        var configuration = ServerConfiguration()
        configuration.listeners = [ListenerConfiguration(port: 0)]
        let lines = lines
        configuration.log = { line in lines.update { $0.append(line) } }
        configure(&configuration)
        server = BrokerServer(broker, configuration: configuration)
        try server.start()
    }

    deinit {
        server.stop(grace: .zero)
        try? broker.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var port: UInt16 { server.addresses[0].port }

    func client(listener: Int = 0) throws -> TestClient { try TestClient(port: server.addresses[listener].port) }

    /// Whether the server says something with these words before long.
    func logs(_ words: String) -> Bool {
        lines.wait(timeout: .seconds(20)) { lines in lines.contains { $0.contains(words) } }
    }
}
