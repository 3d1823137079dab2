import MillraceCluster
import MillraceCore
import Testing

@Suite("Records in place")
struct RecordInPlaceTests {
    private let p0 = TopicPartition("lines", 0)

    @Test(
        "records bring their headers, whatever lies around these, and none where there are none",
        arguments: ["none", "lz4"])
    func headers(codec: String) throws {
        let fixture = try KafkaFixture(settings: ["compression.type": codec])
        try fixture.create("lines")
        let one = Headers([Header("name", "value")])
        // Around the widths that lengths take: zigzag doubles them.
        let sizes = [0, 1, 62, 63, 64, 65, 127, 128, 8_190, 8_191, 8_192, 100_000]
        var sent: [Sent] = []
        for size in sizes {
            for headers in [.empty, one, .empty] {
                let text = String(repeating: "\0", count: size)
                sent.append(Sent("key", text, Int64(sent.count + 1), headers: headers))
                sent.append(Sent(text, "value", Int64(sent.count + 1), headers: headers))
                sent.append(Sent(nil, text, Int64(sent.count + 1), headers: headers))
                sent.append(Sent(text, nil, Int64(sent.count + 1), headers: headers))
            }
        }
        let producer = try fixture.producer()
        try producer.send(sent, to: p0)
        try producer.flush()
        producer.close()
        let consumer = try fixture.consumer([p0])
        let read = try consumer.read(sent.count)
        consumer.close()
        #expect(read.map(\.timestamp) == sent.map(\.timestamp))
        for (read, sent) in zip(read, sent) {
            #expect(read.headers == sent.headers)
            #expect(read.key == sent.key && read.value == sent.value)
        }
    }
}
