import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Typed producer and consumer of a topic")
struct TopicClientTests {
    @Test(
        "what is sent is read: keys, nulls, headers, timestamps, in the order of each partition",
        arguments: Engine.onEveryClient)
    func roundTrip(engine: Engine) throws {
        let cluster = try TestCluster(engine)
        try cluster.create("posts", partitions: 3)
        let producer = try TopicProducer(cluster.cluster, topic: "posts", Produced(key: .string, value: .int64))
        var headers = Headers()
        headers.append(Header("from", Array("test".utf8)))
        for number in 0..<100 {
            try producer.send("k\(number % 7)", Int64(number), at: Timestamp(Int64(number)), headers: headers)
        }
        try producer.send("k0", nil, at: Timestamp(500))
        try producer.send(nil, 7, at: Timestamp(501))
        try producer.flush()
        producer.close()

        let consumer = try TopicConsumer(cluster.cluster, topic: "posts", Consumed(key: .string, value: .int64))
        let records = try consumer.readToEnd()
        #expect(records.count == 102)
        for key in 0..<7 {
            let values = records.filter { $0.key == "k\(key)" }.compactMap(\.value)
            #expect(values == (0..<100).filter { $0 % 7 == key }.map(Int64.init))
        }
        #expect(records.filter { $0.key == "k0" }.last?.value == nil)
        #expect(records.first { $0.key == nil }?.timestamp == Timestamp(501))
        #expect(records.first { $0.value == 42 }?.headers == headers)
        #expect(try consumer.readToEnd().isEmpty)
        consumer.close()
    }

    @Test("a topic that does not exist is named in the error", arguments: Engine.onEveryClient)
    func missing(engine: Engine) throws {
        let cluster = try TestCluster(engine)
        #expect(throws: ClusterError.self) {
            _ = try TopicProducer(cluster.cluster, topic: "nowhere", Produced(key: .string, value: .string))
        }
        #expect(throws: ClusterError.self) {
            _ = try TopicConsumer(cluster.cluster, topic: "nowhere", Consumed(key: .string, value: .string))
        }
    }
}
