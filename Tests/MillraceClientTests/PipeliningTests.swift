import Foundation
import MillraceBroker
import MillraceClient
import MillraceCore
import MillraceProtocol
import MillraceServer
import Testing

@Suite("Several requests under way on one connection")
struct PipeliningTests {
    @Test("answers come in the order of the requests; records are written from where they lie")
    func records() throws {
        try withServer { address in
            let configuration = ClientConfiguration(bootstrap: [address])
            let created = try ClusterClient(configuration).createTopics([TopicCreation("a", partitionCount: 2)])
            #expect(created.allSatisfy { $0.error == nil })
            let connection = try ClientConnection(address, configuration, until: deadline)
            // Two batches in one request, then another request before the first is answered.
            let batches = [sealed("one"), sealed("two"), sealed("three")]
            let first = try connection.submit(
                request([(0, batches[0].count), (1, batches[1].count)]), newest: 12, records: [batches[0], batches[1]],
                until: deadline)
            let second = try connection.submit(
                request([(0, batches[2].count)]), newest: 12, records: [batches[2]], until: deadline)
            var pool = BufferPool()
            let answers = [
                try connection.read(ProduceResponse.self, from: next(connection, &pool), answering: first),
                try connection.read(ProduceResponse.self, from: next(connection, &pool), answering: second),
            ]
            let offsets = answers.map { answer in
                answer.topics.flatMap(\.partitions).map { [Int64($0.error.rawValue), $0.baseOffset] }
            }
            #expect(offsets == [[[0, 0], [0, 0]], [[0, 1]]])
        }
    }

    @Test("an answer that is read for another request is refused")
    func otherRequest() throws {
        try withServer { address in
            let connection = try ClientConnection(
                address, ClientConfiguration(bootstrap: [address]), until: deadline)
            let first = try connection.submit(MetadataRequest(), until: deadline)
            let second = try connection.submit(MetadataRequest(), until: deadline)
            var pool = BufferPool()
            let frame = try next(connection, &pool)
            #expect(throws: ClientError.self) {
                try connection.read(MetadataResponse.self, from: frame, answering: second)
            }
            _ = try connection.read(MetadataResponse.self, from: frame, answering: first)
        }
    }

    // MARK: Parts

    private var deadline: ContinuousClock.Instant { .now + .seconds(20) }

    private func sealed(_ text: String) -> SharedBuffer {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: Timestamp(1_000), key: nil, value: Array(text.utf8).span.bytes)
        builder.seal()
        let buffer = SharedBuffer(capacity: 64)
        builder.moveBytes(to: buffer)
        return buffer
    }

    private func request(_ partitions: [(Int32, Int)]) -> ProduceRequest {
        var request = ProduceRequest()
        request.acks = -1
        request.timeoutMilliseconds = 1_000
        var topic = ProduceRequest.Topic()
        topic.name = "a"
        topic.partitions = partitions.map { number, byteCount in
            var partition = ProduceRequest.Partition()
            partition.partitionIndex = number
            partition.records = .elsewhere(byteCount: byteCount)
            return partition
        }
        request.topics = [topic]
        return request
    }

    private func next(_ connection: ClientConnection, _ pool: inout BufferPool) throws -> SharedBuffer {
        let end = deadline
        while ContinuousClock.now < end {
            if let frame = try connection.receive(into: &pool) { return frame }
        }
        throw ClientError.timedOut("an answer")
    }

    private func withServer(_ body: (BrokerAddress) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "millrace-client-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let broker = try Broker(
            BrokerConfiguration(dataDirectory: path, durability: .system), disk: FileSystemDisk(),
            clock: SystemClock(), entropy: SystemEntropy())
        defer { try? broker.close() }
        var configuration = ServerConfiguration()
        configuration.listeners = [ListenerConfiguration(port: 0)]
        let server = BrokerServer(broker, configuration: configuration)
        try server.start()
        defer { server.stop(grace: .zero) }
        try body(BrokerAddress(host: "127.0.0.1", port: server.addresses[0].port))
    }
}
