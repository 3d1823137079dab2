import MillraceBroker
import MillraceCore
import MillraceProtocol
import Testing
import WireClientKit

@testable import MillraceServer

@Suite("Transactions, over the wire")
struct TransactionHandlerTests {
    private func initialize(_ client: TestClient, _ id: String?, version: Int16 = 4) throws -> ProducerIdentity {
        var request = InitProducerIDRequest()
        request.transactionalID = id
        request.transactionTimeoutMilliseconds = 60_000
        let response = try client.ask(request, version: version)
        #expect(response.error == .none)
        return ProducerIdentity(id: response.producerID, epoch: response.producerEpoch)
    }

    private func batch(_ value: String, _ producer: ProducerIdentity, sequence: Int32 = 0) -> [UInt8] {
        var builder = RecordBatchBuilder()
        builder.append(timestamp: Timestamp(1_000), key: nil, value: Array(value.utf8).span.bytes)
        builder.seal(producer: producer, baseSequence: sequence, isTransactional: true)
        return [UInt8](copying: builder.bytes)
    }

    private func produce(
        _ client: TestClient, _ batch: [UInt8], version: Int16
    ) throws -> KafkaErrorCode? {
        var request = Requests.produce("t", batch: batch, acks: -1)
        request.transactionalID = "tx"
        return try client.ask(request, version: version).topics.first?.partitions.first?.error
    }

    private func end(
        _ client: TestClient, _ producer: ProducerIdentity, commits: Bool, version: Int16
    ) throws -> EndTransactionResponse {
        var request = EndTransactionRequest()
        request.transactionalID = "tx"
        request.producerID = producer.id
        request.producerEpoch = producer.epoch
        request.isCommit = commits
        return try client.ask(request, version: version)
    }

    private func add(_ client: TestClient, _ producer: ProducerIdentity, _ topics: [String]) throws -> [KafkaErrorCode]
    {
        var request = AddPartitionsToTransactionRequest()
        request.transactionalID = "tx"
        request.producerID = producer.id
        request.producerEpoch = producer.epoch
        request.topics = topics.map { name in
            var topic = AddPartitionsToTransactionRequest.Topic()
            topic.name = name
            topic.partitionIndexes = [0]
            return topic
        }
        return try client.ask(request, version: 3).topicResults.flatMap(\.partitionResults).map(\.error)
    }

    private func committedBytes(_ client: TestClient) throws -> Int {
        var request = Requests.fetch("t")
        request.isolationLevel = 1
        let answer = try client.ask(request, version: 11)
        guard case .inFrame(let range)? = answer.topics.first?.partitions.first?.records else { return -1 }
        return range.count
    }

    @Test("version 1: partitions are added first, the epoch stays, and a repeated end is answered as before")
    func version1() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("t", partitionCount: 1)
        let client = try server.client()
        let producer = try initialize(client, "tx")
        #expect(try produce(client, batch("a", producer), version: 9) == .invalidTransactionState)
        #expect(try add(client, producer, ["t", "nowhere"]) == [.operationNotAttempted, .unknownTopicOrPartition])
        #expect(try add(client, producer, ["t"]) == [.none])
        #expect(try produce(client, batch("a", producer), version: 9) == KafkaErrorCode.none)
        #expect(try committedBytes(client) == 0, "nothing is stable yet")
        #expect(try end(client, producer, commits: true, version: 1).error == .none)
        #expect(try end(client, producer, commits: true, version: 1).error == .none)
        #expect(try end(client, producer, commits: false, version: 1).error == .invalidTransactionState)
        #expect(try committedBytes(client) > 0)
        #expect(try add(client, producer, ["t"]) == [.none], "the same epoch goes on")
    }

    @Test("version 2: writing adds the partition, and the end brings the epoch of the next transaction")
    func version2() throws {
        let server = try TestServer(durability: .everyCommit)
        let id = WireUUID(try server.broker.createTopic("t", partitionCount: 1).id)
        let client = try server.client()
        let producer = try initialize(client, "tx")
        #expect(try produce(client, batch("a", producer), version: 12) == KafkaErrorCode.none)
        let ended = try end(client, producer, commits: true, version: 5)
        #expect(ended.error == .none)
        #expect(ended.producerEpoch == producer.epoch + 1)
        let next = ProducerIdentity(id: ended.producerID, epoch: ended.producerEpoch)
        var request = Requests.produce("", batch: batch("b", next), acks: -1)
        request.transactionalID = "tx"
        request.topics[0].topicID = id
        #expect(try client.ask(request, version: 13).topics.first?.partitions.first?.error == KafkaErrorCode.none)
        // The zombie of the epoch before.
        #expect(try produce(client, batch("z", producer, sequence: 1), version: 12) == .invalidProducerEpoch)
    }

    @Test("a newer incarnation fences the older one")
    func fencing() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("t", partitionCount: 1)
        let client = try server.client()
        let zombie = try initialize(client, "tx")
        #expect(try add(client, zombie, ["t"]) == [.none])
        let producer = try initialize(client, "tx")
        #expect(producer.id == zombie.id && producer.epoch > zombie.epoch)
        #expect(try end(client, zombie, commits: true, version: 3).error == .producerFenced)
        #expect(try end(client, zombie, commits: true, version: 1).error == .invalidProducerEpoch)
    }

    @Test("offsets of a transaction count once it commits, and hold up who wants stable ones until then")
    func offsets() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("t", partitionCount: 1)
        let client = try server.client()
        let producer = try initialize(client, "tx")
        var add = AddOffsetsToTransactionRequest()
        add.transactionalID = "tx"
        add.producerID = producer.id
        add.producerEpoch = producer.epoch
        add.groupID = "g"
        #expect(try client.ask(add, version: 3).error == .none)
        var commit = MillraceProtocol.TransactionalOffsetCommitRequest()
        commit.transactionalID = "tx"
        commit.groupID = "g"
        commit.producerID = producer.id
        commit.producerEpoch = producer.epoch
        var partition = MillraceProtocol.TransactionalOffsetCommitRequest.Partition()
        partition.committedOffset = 5
        var topic = MillraceProtocol.TransactionalOffsetCommitRequest.Topic()
        topic.name = "t"
        var beyond = partition
        beyond.partitionIndex = 1
        topic.partitions = [partition, beyond]
        commit.topics = [topic]
        let committed = try client.ask(commit, version: 3)
        #expect(committed.topics.first?.partitions.map(\.error) == [.none, .unknownTopicOrPartition])

        var wanted = MillraceProtocol.OffsetFetchRequest.Topic()
        wanted.name = "t"
        wanted.partitionIndexes = [0]
        var fetch = MillraceProtocol.OffsetFetchRequest()
        fetch.groupID = "g"
        fetch.topics = [wanted]
        fetch.requireStable = true
        #expect(try client.ask(fetch, version: 7).topics.first?.partitions.first?.error == .unstableOffsetCommit)
        #expect(try end(client, producer, commits: true, version: 1).error == .none)
        #expect(try client.ask(fetch, version: 7).topics.first?.partitions.first?.committedOffset == 5)
    }

    @Test("transactions and producers are listed and described; a hanging one is ended by its markers")
    func administration() throws {
        let server = try TestServer(durability: .everyCommit)
        try server.broker.createTopic("t", partitionCount: 1)
        let client = try server.client()
        let producer = try initialize(client, "tx")
        #expect(try add(client, producer, ["t"]) == [.none])
        #expect(try produce(client, batch("a", producer), version: 9) == KafkaErrorCode.none)

        var list = ListTransactionsRequest()
        list.stateFilters = ["Ongoing", "Nonsense"]
        list.transactionalIDPattern = "t.*"
        let listed = try client.ask(list, version: 2)
        #expect(listed.transactions.map(\.transactionalID) == ["tx"])
        #expect(listed.unknownStateFilters == ["Nonsense"])
        list.transactionalIDPattern = "(["
        #expect(try client.ask(list, version: 2).error == .invalidRegularExpression)

        var describe = DescribeTransactionsRequest()
        describe.transactionalIDs = ["tx", "unknown"]
        let described = try client.ask(describe, version: 0).transactions
        #expect(described.map(\.error) == [.none, .transactionalIDNotFound])
        #expect(described[0].state == "Ongoing")
        #expect(described[0].topics.map(\.name) == ["t"])

        var topic = DescribeProducersRequest.Topic()
        topic.name = "t"
        topic.partitionIndexes = [0, 9, -1]
        var producers = DescribeProducersRequest()
        producers.topics = [topic]
        let partitions = try #require(try client.ask(producers, version: 0).topics.first?.partitions)
        #expect(partitions.map(\.error) == [.none, .unknownTopicOrPartition, .unknownTopicOrPartition])
        #expect(partitions[0].activeProducers.map(\.transactionStartOffset) == [0])

        var marked = WriteTransactionMarkersRequest.Topic()
        marked.name = "t"
        marked.partitionIndexes = [0, -1]
        var marker = WriteTransactionMarkersRequest.Marker()
        marker.producerID = producer.id
        marker.producerEpoch = producer.epoch
        marker.topics = [marked]
        var write = WriteTransactionMarkersRequest()
        write.markers = [marker]
        let written = try client.ask(write, version: 1).markers.first?.topics.first?.partitions
        #expect(written?.map(\.error) == [.none, .unknownTopicOrPartition])
        let after = try #require(try client.ask(producers, version: 0).topics.first?.partitions.first)
        #expect(after.activeProducers.map(\.transactionStartOffset) == [-1])
    }
}
