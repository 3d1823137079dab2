import MillraceBroker
import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("Produce, fetch and offsets")
struct RecordHandlerTests {
    private func produced(
        _ client: TestClient, _ request: ProduceRequest, version: Int16 = 9
    ) throws -> [ProduceResponse.Partition] {
        try client.ask(request, version: version).topics.flatMap(\.partitions)
    }

    // MARK: Produce

    @Test("an error is that of its partition; others are written")
    func errors() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("lines", partitionCount: 2)
        let client = try server.client()
        let sound = Requests.batch(["a"])
        var broken = sound
        broken[broken.count - 1] ^= 1
        var request = Requests.produce("lines", 0, batch: sound)
        for (index, records) in [
            (1, WireRecords.bytes(broken)), (0, .bytes([])), (0, .null), (2, .bytes(sound)), (-1, .bytes(sound)),
            (1, .bytes(sound)),
        ] as [(Int32, WireRecords)] {
            var partition = ProduceRequest.Partition()
            partition.partitionIndex = index
            partition.records = records
            request.topics[0].partitions.append(partition)
        }
        let answers = try produced(client, request)
        #expect(
            answers.map(\.error) == [
                .none, .corruptMessage, .invalidRecord, .invalidRecord, .unknownTopicOrPartition,
                .unknownTopicOrPartition, .none,
            ])
        #expect(answers.map(\.baseOffset) == [0, -1, -1, -1, -1, -1, 0])
        let elsewhere = try produced(client, Requests.produce("nowhere", batch: sound))
        #expect(elsewhere.map(\.error) == [.unknownTopicOrPartition])
        let internalTopic = try produced(client, Requests.produce("__consumer_offsets", batch: sound))
        #expect(internalTopic.map(\.error) == [.invalidTopicException])
        let acks = try produced(client, Requests.produce("lines", batch: sound, acks: 2))
        #expect(acks.map(\.error) == [.invalidRequiredAcks])
    }

    @Test("records without keys are named where a compacted topic refuses them")
    func recordErrors() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("table", partitionCount: 1, configuration: ["cleanup.policy": "compact"])
        let answer = try produced(
            try server.client(), Requests.produce("table", batch: Requests.batch(["a", "b"])))
        #expect(answer.map(\.error) == [.invalidRecord])
        #expect(answer.first?.recordErrors.map(\.index) == [0, 1])
        #expect(answer.first?.errorMessage != nil)
    }

    @Test("acks=all is answered when it is durable, and a batch that comes again gets its old offset")
    func durable() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("lines", partitionCount: 1)
        let producer = try server.broker.makeProducer()
        var builder = RecordBatchBuilder()
        let value: [UInt8] = [1]
        builder.append(timestamp: Timestamp(1), key: nil, value: value.span.bytes)
        builder.seal(producer: producer, baseSequence: 0)
        let request = Requests.produce("lines", batch: [UInt8](copying: builder.bytes), acks: -1)
        let client = try server.client()
        for _ in 0..<3 {
            let answer = try produced(client, request)
            #expect(answer.map(\.error) == [.none])
            #expect(answer.map(\.baseOffset) == [0])
        }
        #expect(try server.broker.partition(TopicPartition("lines", 0)).bounds().highWatermark == Offset(1))
    }

    // MARK: Transactions

    @Test("who reads committed waits for a transaction's end, and is told of the aborted ones in order")
    func readCommitted() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("lines", partitionCount: 1)
        let id = TopicPartition("lines", 0)
        let partition = try server.broker.partition(id)
        let client = try server.client()
        var fetch = Requests.fetch("lines", maxWait: 60_000)
        fetch.isolationLevel = 1
        var aborted: [(producer: Int64, offset: Int64)] = []
        for (number, outcome) in [TransactionOutcome.abort, .commit, .abort].enumerated() {
            let name = "t\(number)"
            let producer = try server.broker.initializeProducer(transactionalID: name, timeout: .seconds(60))
            try server.broker.addToTransaction([id], transactionalID: name, producer: producer)
            var builder = RecordBatchBuilder()
            let value: [UInt8] = [UInt8(number)]
            // Not so old that the marker's time would begin another segment.
            builder.append(timestamp: server.broker.clock.now(), key: nil, value: value.span.bytes)
            builder.seal(producer: producer, baseSequence: 0, isTransactional: true)
            let start = try server.broker.append(
                builder.bytes, to: partition, transactionalID: name, producer: producer)
            if number == 0 {
                // Nothing to be seen yet: it is parked, and the marker wakes it.
                try client.send(fetch, version: 11)
                #expect(try !client.hasFrame(within: 50))
            }
            _ = try server.broker.endTransaction(outcome, transactionalID: name, producer: producer)
            if outcome == .abort { aborted.append((producer.id, start.baseOffset.rawValue)) }
        }
        let first = try client.receive(FetchRequest.self, version: 11).response
        #expect(first.topics[0].partitions[0].abortedTransactions?.first?.producerID == aborted[0].producer)

        let whole = try #require(try client.ask(fetch, version: 11).topics.first?.partitions.first)
        #expect(whole.abortedTransactions?.map(\.producerID) == aborted.map(\.producer))
        #expect(whole.abortedTransactions?.map(\.firstOffset) == aborted.map(\.offset))
        #expect(whole.lastStableOffset == 6 && whole.highWatermark == 6)
        fetch.isolationLevel = 0
        let uncommitted = try #require(try client.ask(fetch, version: 11).topics.first?.partitions.first)
        #expect(uncommitted.abortedTransactions == nil)
    }

    // MARK: Fetch

    @Test("limits of bytes leave partitions out, but never the first batch")
    func limits() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("lines", partitionCount: 3)
        let client = try server.client()
        let batch = Requests.batch([String(repeating: "x", count: 1_000)])
        for partition in 0..<3 as Range<Int32> {
            for _ in 0..<2 { _ = try produced(client, Requests.produce("lines", partition, batch: batch)) }
        }
        func counts(maxBytes: Int, partitionMaxBytes: Int, _ order: [Int32] = [0, 1, 2]) throws -> [Int] {
            var fetch = Requests.fetch("lines", order, maxBytes: Int32(maxBytes))
            for index in order.indices {
                fetch.topics[0].partitions[index].partitionMaxBytes = Int32(partitionMaxBytes)
            }
            return try client.ask(fetch, version: 11).topics[0].partitions.map { partition in
                guard case .inFrame(let range) = partition.records else { return -1 }
                return range.count / batch.count
            }
        }
        #expect(try counts(maxBytes: 1 << 20, partitionMaxBytes: 1 << 20) == [2, 2, 2])
        #expect(try counts(maxBytes: 1 << 20, partitionMaxBytes: 1) == [1, 1, 1])
        #expect(try counts(maxBytes: 1, partitionMaxBytes: 1 << 20) == [1, 0, 0])
        #expect(try counts(maxBytes: 0, partitionMaxBytes: 0, [2, 0]) == [1, 0])
        #expect(try counts(maxBytes: 3 * batch.count, partitionMaxBytes: 1 << 20, [1, 2, 0]) == [2, 1, 0])
        #expect(try counts(maxBytes: -1, partitionMaxBytes: -1) == [1, 0, 0])
    }

    @Test("there are no sessions, and epochs are checked")
    func sessionsAndEpochs() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("lines", partitionCount: 1)
        let client = try server.client()
        var fetch = Requests.fetch("lines")
        fetch.sessionEpoch = 0
        #expect(try client.ask(fetch, version: 11).sessionID == 0)
        fetch.sessionID = 7
        #expect(try client.ask(fetch, version: 11).error == .fetchSessionIDNotFound)
        fetch.sessionID = 0
        fetch.topics[0].partitions[0].currentLeaderEpoch = 3
        #expect(try client.ask(fetch, version: 11).topics[0].partitions[0].error == .unknownLeaderEpoch)
    }

    // MARK: Offsets

    @Test("offsets by time and at the ends")
    func listOffsets() throws {
        let server = try TestServer(onDisk: false)
        try server.broker.createTopic("lines", partitionCount: 1)
        let partition = try server.broker.partition(TopicPartition("lines", 0))
        for (value, time) in [("a", 100), ("b", 300), ("c", 200)] as [(String, Int64)] {
            var builder = RecordBatchBuilder()
            let bytes = Array(value.utf8)
            builder.append(timestamp: Timestamp(time), key: nil, value: bytes.span.bytes)
            builder.seal()
            _ = try server.broker.append(builder.bytes, to: partition)
        }
        let client = try server.client()
        func look(_ timestamp: Int64, partition: Int32 = 0, epoch: Int32 = -1) throws -> ListOffsetsResponse.Partition {
            var request = ListOffsetsRequest()
            var topic = ListOffsetsRequest.Topic()
            topic.name = "lines"
            var asked = ListOffsetsRequest.Partition()
            asked.partitionIndex = partition
            asked.timestamp = timestamp
            asked.currentLeaderEpoch = epoch
            topic.partitions = [asked]
            request.topics = [topic]
            return try client.ask(request, version: 11).topics[0].partitions[0]
        }
        for (timestamp, offset, found) in [
            (-1, 3, -1), (-2, 0, -1), (-3, 1, 300), (-4, 0, -1), (-5, -1, -1), (-6, -1, -1), (0, 0, 100), (101, 1, 300),
            (300, 1, 300), (301, -1, -1),
        ] as [(Int64, Int64, Int64)] {
            let answer = try look(timestamp)
            #expect(answer.error == .none, "\(timestamp)")
            #expect(answer.offset == offset, "\(timestamp)")
            #expect(answer.timestamp == found, "\(timestamp)")
        }
        #expect(try look(-7).error == .unsupportedVersion)
        #expect(try look(-1, partition: 9).error == .unknownTopicOrPartition)
        #expect(try look(-1, epoch: 1).error == .unknownLeaderEpoch)

        var request = OffsetForLeaderEpochRequest()
        var topic = OffsetForLeaderEpochRequest.Topic()
        topic.name = "lines"
        let asked: [(Int32, Int32, Int32)] = [(0, -1, 0), (0, -1, 5), (0, 9, 0), (7, -1, 0)]
        topic.partitions = asked.map { number, current, epoch in
            var asked = OffsetForLeaderEpochRequest.Partition()
            asked.partitionIndex = number
            asked.currentLeaderEpoch = current
            asked.leaderEpoch = epoch
            return asked
        }
        request.topics = [topic]
        for version in 2...4 as ClosedRange<Int16> {
            let answers = try client.ask(request, version: version).topics[0].partitions
            #expect(answers.map(\.error) == [.none, .none, .unknownLeaderEpoch, .unknownTopicOrPartition])
            #expect(answers.map(\.endOffset) == [3, -1, -1, -1])
        }
    }

    @Test("what a client sends behind a request for a worker sees what that has done")
    func behindWorkers() throws {
        let server = try TestServer(onDisk: false)
        let client = try server.client()
        for number in 0..<20 {
            var create = CreateTopicsRequest()
            var topic = CreateTopicsRequest.Topic()
            topic.name = "made-\(number)"
            topic.partitionCount = 2
            topic.replicationFactor = 1
            create.topics = [topic]
            create.timeoutMilliseconds = 10_000
            var metadata = Requests.metadata([topic.name])
            metadata.allowAutoTopicCreation = false
            try client.send(create, version: 7)
            try client.send(metadata, version: 9)
            _ = try client.receive(CreateTopicsRequest.self, version: 7)
            let answer = try client.receive(MetadataRequest.self, version: 9)
            #expect(answer.response.topics.first?.partitions.count == 2)
        }
    }
}
