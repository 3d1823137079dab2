import MillraceClient
import MillraceCore
import Testing

@Suite("Addresses, errors and retries of the client")
struct ClientValueTests {
    @Test(
        "addresses of brokers",
        arguments: [
            ("host", "host:9092"), ("host:1", "host:1"), ("[::1]:9093", "[::1]:9093"), ("[::1]", "[::1]:9092"),
            ("127.0.0.1:65535", "127.0.0.1:65535"), ("", nil), (":9092", nil), ("host:", nil), ("host:0", nil),
            ("host:65536", nil), ("::1:9092", nil), ("[::1]x", nil), ("a b:1", nil),
        ] as [(String, String?)])
    func addresses(text: String, expected: String?) {
        #expect(BrokerAddress(text).map { "\($0)" } == expected)
    }

    @Test("lists of addresses")
    func lists() {
        #expect(BrokerAddress.list("a:1, b:2,c")?.map { "\($0)" } == ["a:1", "b:2", "c:9092"])
        #expect(BrokerAddress.list("") == nil)
        #expect(BrokerAddress.list("a:1,:2") == nil)
    }

    @Test("waits grow to the longest, less up to a fifth", arguments: [0, 999, 1_000, .max] as [UInt64])
    func retries(random: UInt64) {
        let policy = RetryPolicy()
        for attempt in 1...100 {
            let whole = min(Duration.milliseconds(50) * (1 << min(attempt - 1, 16)), .seconds(1))
            let delay = policy.delay(afterAttempt: attempt, random: random)
            #expect(delay <= whole)
            #expect(delay >= whole * 4 / 5)
        }
    }

    @Test("errors have the names that Kafka gives them, and say what is meant")
    func names() {
        #expect(KafkaErrorCode.unknownTopicOrPartition.name == "UNKNOWN_TOPIC_OR_PARTITION")
        #expect(KafkaErrorCode.groupIDNotFound.name == "GROUP_ID_NOT_FOUND")
        #expect(KafkaErrorCode.none.name == "NONE")
        let error = ClientError.refused(.unknownTopicOrPartition, subject: "topic lines", message: nil)
        #expect("\(error)" == "topic lines: there is no such topic or partition (UNKNOWN_TOPIC_OR_PARTITION)")
    }
}
