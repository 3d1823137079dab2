import MillraceBroker
import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("The server, over the loopback")
struct BrokerServerTests {
    /// The values of the records in an answer to a fetch of one partition.
    private func values(_ answer: (correlationID: Int32, response: FetchResponse, buffer: SharedBuffer)) throws
        -> [String]
    {
        guard case .inFrame(let range)? = answer.response.topics.first?.partitions.first?.records else { return [] }
        var values: [String] = []
        var position = range.lowerBound
        while position < range.upperBound {
            let header = try RecordBatchHeader(from: answer.buffer.bytes, at: position)
            try header.verifyChecksum(of: answer.buffer.bytes, at: position)
            var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
            while let slot = try cursor.next(in: answer.buffer.bytes) {
                values.append(slot.value.map { answer.buffer.bytes.extracting($0).lossyUTF8 } ?? "")
            }
            position += header.totalByteCount
        }
        return values
    }

    @Test("takes records and gives them back, in every version", arguments: [true, false])
    func produceAndFetch(onDisk: Bool) throws {
        let server = try TestServer(onDisk: onDisk)
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        var expected: [String] = []
        for version in 3...12 as ClosedRange<Int16> {
            let batch = Requests.batch(["v\(version)", "w"])
            let response = try client.ask(Requests.produce("lines", batch: batch), version: version)
            let partition = try #require(response.topics.first?.partitions.first)
            #expect(partition.error == .none)
            #expect(partition.baseOffset == Int64(expected.count))
            expected += ["v\(version)", "w"]
        }
        for version in 4...12 as ClosedRange<Int16> {
            try client.send(Requests.fetch("lines"), version: version)
            let answer = try client.receive(FetchRequest.self, version: version)
            #expect(try values(answer) == expected, "version \(version)")
        }
    }

    @Test("sends large answers, those of files and those of memory", arguments: [true, false])
    func largeAnswers(onDisk: Bool) throws {
        let server = try TestServer(onDisk: onDisk)
        try server.broker.createTopic("lines", partitionCount: 3)
        let client = try server.client()
        let value = String(repeating: "x", count: 100_000)
        for partition in 0..<3 as Range<Int32> {
            for number in 0..<5 {
                let batch = Requests.batch(["\(partition)-\(number)" + value])
                _ = try client.ask(Requests.produce("lines", partition, batch: batch), version: 9)
            }
        }
        // Pipelined: answers lie behind each other.
        for _ in 0..<3 { try client.send(Requests.fetch("lines", [0, 1, 2], maxBytes: 50 << 20), version: 11) }
        for _ in 0..<3 {
            let answer = try client.receive(FetchRequest.self, version: 11)
            let partitions = try #require(answer.response.topics.first?.partitions)
            #expect(partitions.map(\.error) == [.none, .none, .none])
            for partition in partitions {
                guard case .inFrame(let range) = partition.records else {
                    Issue.record("no records")
                    return
                }
                #expect(range.count > 500_000)
                var position = range.lowerBound
                while position < range.upperBound {
                    let header = try RecordBatchHeader(from: answer.buffer.bytes, at: position)
                    try header.verifyChecksum(of: answer.buffer.bytes, at: position)
                    position += header.totalByteCount
                }
            }
        }
    }

    @Test("answers in the order of the requests, also behind ones that take longer")
    func pipelining() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        var expected: [Int32] = []
        for number in 0..<20 {
            let produce = Requests.produce("lines", batch: Requests.batch(["\(number)"]), acks: -1)
            expected.append(try client.send(produce, version: 9))
            expected.append(try client.send(Requests.metadata(["made-\(number)"]), version: 9))
        }
        for (index, correlationID) in expected.enumerated() {
            if index % 2 == 0 {
                let answer = try client.receive(ProduceRequest.self, version: 9)
                #expect(answer.correlationID == correlationID)
                #expect(answer.response.topics.first?.partitions.first?.baseOffset == Int64(index / 2))
            } else {
                let answer = try client.receive(MetadataRequest.self, version: 9)
                #expect(answer.correlationID == correlationID)
                #expect(answer.response.topics.first?.error == KafkaErrorCode.none)
            }
        }
    }

    @Test("does not answer acks=0, and closes on its errors")
    func withoutAcknowledgement() throws {
        let server = try TestServer()
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        try client.send(Requests.produce("lines", batch: Requests.batch(["a"]), acks: 0), version: 9)
        let metadata = try client.ask(Requests.metadata(["lines"]), version: 9)
        #expect(metadata.topics.map(\.name) == ["lines"])
        #expect(try server.broker.partition(TopicPartition("lines", 0)).bounds().highWatermark == Offset(1))
        try client.send(Requests.produce("nowhere", batch: Requests.batch(["a"]), acks: 0), version: 9)
        try client.waitForClose()
        #expect(server.logs("acks=0 was refused"))
    }

    @Test("a fetch waits for records, and for no longer than it wants")
    func longPoll() throws {
        let server = try TestServer()
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        try client.send(Requests.fetch("lines", maxWait: 20), version: 11)
        #expect(try values(try client.receive(FetchRequest.self, version: 11)).isEmpty)

        try client.send(Requests.fetch("lines", maxWait: 60_000), version: 11)
        let producer = try server.client()
        _ = try producer.ask(Requests.produce("lines", batch: Requests.batch(["a"])), version: 9)
        #expect(try values(try client.receive(FetchRequest.self, version: 11)) == ["a"])

        // Not enough bytes for the first, enough for the second.
        try client.send(Requests.fetch("lines", from: 1, maxWait: 60_000, minBytes: 150), version: 11)
        _ = try producer.ask(Requests.produce("lines", batch: Requests.batch(["b"])), version: 9)
        _ = try producer.ask(
            Requests.produce("lines", batch: Requests.batch([String(repeating: "c", count: 200)])), version: 9)
        #expect(try values(try client.receive(FetchRequest.self, version: 11)).count == 2)

        try client.send(Requests.fetch("lines", from: 3, maxWait: 60_000), version: 11)
        try server.broker.deleteTopic("lines")
        let answer = try client.receive(FetchRequest.self, version: 11)
        #expect(answer.response.topics.first?.partitions.first?.error == .unknownTopicOrPartition)
    }

    @Test("a fetch outside the log is told where the log is; its records are never null")
    func outOfRange() throws {
        let server = try TestServer()
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        for offset in [-5, 1, 1 << 40] as [Int64] {
            try client.send(Requests.fetch("lines", from: offset, maxWait: 60_000), version: 11)
            let answer = try client.receive(FetchRequest.self, version: 11)
            let partition = try #require(answer.response.topics.first?.partitions.first)
            #expect(partition.error == .offsetOutOfRange)
            #expect(partition.highWatermark == 0 && partition.logStartOffset == 0)
            guard case .inFrame(let range) = partition.records else {
                Issue.record("null records")
                return
            }
            #expect(range.isEmpty)
        }
    }

    @Test("stops gracefully: waiting fetches are answered, then all is closed")
    func stopping() throws {
        let server = try TestServer()
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        _ = try client.ask(Requests.metadata(["lines"]), version: 9)
        try client.send(Requests.fetch("lines", maxWait: 60_000), version: 11)
        // The fetch may or may not be parked already: either way it is answered or the connection closed.
        let idle = try server.client()
        _ = try idle.ask(Requests.metadata([]), version: 9)
        let port = server.port
        server.server.stop(grace: .seconds(20))
        try client.waitForClose()
        try idle.waitForClose()
        #expect(throws: (any Error).self) { try TestClient(port: port) }
    }

    @Test("sends topics by their ids")
    func topicIDs() throws {
        let server = try TestServer()
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        let metadata = try client.ask(Requests.metadata(["lines"]), version: 12)
        let id = try #require(metadata.topics.first?.topicID)
        #expect(id != .zero)
        var produce = Requests.produce("", batch: Requests.batch(["a"]))
        produce.topics[0].topicID = id
        #expect(try client.ask(produce, version: 13).topics.first?.partitions.first?.error == KafkaErrorCode.none)
        var fetch = Requests.fetch("")
        fetch.topics[0].topicID = id
        try client.send(fetch, version: 17)
        #expect(try values(try client.receive(FetchRequest.self, version: 17)) == ["a"])
        fetch.topics[0].topicID = WireUUID(high: 1, low: 2)
        let unknown = try client.ask(fetch, version: 17)
        #expect(unknown.topics.first?.partitions.first?.error == .unknownTopicID)
        var byID = Requests.metadata([""])
        byID.topics?[0].name = nil
        byID.topics?[0].topicID = id
        #expect(try client.ask(byID, version: 12).topics.first?.name == "lines")
    }
}
