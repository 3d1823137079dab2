import MillraceCluster
import MillraceCore
import MillraceKafka
import Testing

@Suite("Administration over the wire")
struct KafkaAdminTests {
    @Test("makes, describes, lists and deletes topics, and tells offsets")
    func topics() throws {
        let fixture = try KafkaFixture()
        let admin = fixture.cluster.admin
        #expect(try admin.describeTopic("lines") == nil)
        try admin.createTopic(
            TopicSpecification(name: "lines", partitionCount: 3, configuration: ["retention.ms": "777000000"]))
        #expect { try admin.createTopic(TopicSpecification(name: "lines", partitionCount: 1)) } throws: {
            ($0 as? ClusterError)?.kind == .topicExists
        }
        let topic = try #require(try admin.describeTopic("lines"))
        #expect(topic.partitionCount == 3)
        #expect(topic.configuration["retention.ms"] == "777000000")
        #expect(try admin.listTopics().contains("lines"))

        let partition = TopicPartition("lines", 2)
        let producer = try fixture.producer()
        try producer.send([Sent("a", "1", 100), Sent("b", "2", 200), Sent("c", "3", 300)], to: partition)
        try producer.flush()
        #expect(try admin.offset(of: partition, at: .earliest) == .zero)
        #expect(try admin.offset(of: partition, at: .latest(.readCommitted)) == Offset(3))
        #expect(try admin.offset(of: partition, at: .atOrAfter(Timestamp(150))) == Offset(1))
        #expect(try admin.offset(of: partition, at: .atOrAfter(Timestamp(301))) == nil)
        try admin.deleteRecords(before: Offset(2), in: partition)
        #expect(try admin.offset(of: partition, at: .earliest) == Offset(2))
        try admin.deleteTopic("lines")
        #expect(try admin.describeTopic("lines") == nil)
    }

    @Test(
        "settings that contradict the port or themselves are told at once",
        arguments: [
            ["group.id": "g"], ["no.such.setting": "1"], ["security.protocol": "secret"],
            ["security.protocol": "sasl_plaintext"],
            ["security.protocol": "sasl_plaintext", "sasl.mechanism": "GSSAPI"],
            ["security.protocol": "ssl", "ssl.ca.pem": "-----"],
        ])
    func settings(settings: [String: String]) {
        #expect(throws: ClusterError.self) {
            try KafkaCluster(bootstrapServers: "127.0.0.1:1", settings: settings)
        }
    }
}
