import MillraceCluster
import MillraceCore
import MillraceKafka
import Testing

@Suite("What is sent compressed or as one batch comes back whole")
struct BatchSizesTests {
    @Test("a batch of every codec", arguments: ["none", "gzip", "lz4", "snappy", "zstd"], RecordClient.allCases)
    func compression(codec: String, client: RecordClient) throws {
        let fixture = try KafkaFixture(settings: ["compression.type": codec])
        try fixture.create("lines")
        let partition = TopicPartition("lines", 0)
        let producer = try fixture.producer()
        let sent = (0..<3_000).map { (index: Int) -> Sent in
            Sent("key \(index % 7)", String(repeating: "\(index) ", count: index % 50), Int64(index + 1))
        }
        try producer.send(sent, to: partition)
        try producer.flush()
        #expect(producer.endOffset(of: partition) == Offset(3_000))
        let consumer = try KafkaCluster(bootstrapServers: fixture.address, records: client).makeConsumer(
            ConsumerConfiguration(groupID: nil, clientID: "test"))
        try consumer.assign([partition])
        let read = try consumer.read(3_000)
        #expect(read.map(\.value) == sent.map(\.value))
        #expect(read.map(\.timestamp) == sent.map(\.timestamp))
    }

    @Test("records larger than what a poll brings", arguments: RecordClient.allCases)
    func large(client: RecordClient) throws {
        let fixture = try KafkaFixture(records: client)
        try fixture.create("lines")
        let partition = TopicPartition("lines", 0)
        let producer = try fixture.producer()
        let sent = (0..<8).map { (index: Int) -> Sent in Sent("k", String(repeating: "\(index)", count: 700_000)) }
        for record in sent { try producer.send([record], to: partition) }
        try producer.flush()
        #expect(try fixture.consumer([partition]).read(8).map(\.value) == sent.map(\.value))
    }
}
