import Foundation
import MillraceBroker
import MillraceCore
import MillraceProtocol
import MillraceSimulation

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

/// Batches and requests for tests.
enum Requests {
    static func batch(_ values: [String], compressedAs compression: Compression = .none) -> [UInt8] {
        var builder = RecordBatchBuilder()
        for value in values {
            builder.append(timestamp: Timestamp(1_000), key: nil, value: Array(value.utf8).span.bytes)
        }
        builder.seal()
        return [UInt8](copying: builder.bytes)
    }

    static func produce(_ topic: String, _ partition: Int32 = 0, batch: [UInt8], acks: Int16 = 1) -> ProduceRequest {
        var request = ProduceRequest()
        request.acks = acks
        var part = ProduceRequest.Partition()
        part.partitionIndex = partition
        part.records = .bytes(batch)
        var named = ProduceRequest.Topic()
        named.name = topic
        named.partitions = [part]
        request.topics = [named]
        return request
    }

    static func fetch(
        _ topic: String, _ partitions: [Int32] = [0], from offset: Int64 = 0, maxWait: Int32 = 0, minBytes: Int32 = 1,
        maxBytes: Int32 = 1 << 20
    ) -> FetchRequest {
        var request = FetchRequest()
        request.maxWaitMilliseconds = maxWait
        request.minBytes = minBytes
        request.maxBytes = maxBytes
        var named = FetchRequest.Topic()
        named.name = topic
        named.partitions = partitions.map { number in
            var part = FetchRequest.Partition()
            part.partitionIndex = number
            part.fetchOffset = offset
            part.partitionMaxBytes = 1 << 20
            return part
        }
        request.topics = [named]
        return request
    }

    static func metadata(_ topics: [String]?) -> MetadataRequest {
        var request = MetadataRequest()
        request.topics = topics?.map { name in
            var topic = MetadataRequest.Topic()
            topic.name = name
            return topic
        }
        return request
    }
}
