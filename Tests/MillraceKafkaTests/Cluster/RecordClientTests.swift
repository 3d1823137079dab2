import MillraceCluster
import MillraceKafka
import Testing

@Suite("Who moves the records of a cluster")
struct RecordClientTests {
    private func refusal(_ settings: [String: String], _ records: RecordClient) -> ClusterError? {
        do {
            _ = try KafkaCluster(bootstrapServers: "localhost:1", settings: settings, records: records)
            return nil
        } catch {
            return error
        }
    }

    @Test("the native client takes what it honours, under librdkafka's names")
    func known() {
        let settings = [
            "fetch.wait.max.ms": "10", "fetch.min.bytes": "1", "fetch.max.bytes": "1000000",
            "fetch.message.max.bytes": "5000", "check.crcs": "false", "socket.timeout.ms": "1000",
            "security.protocol": "plaintext",
        ]
        for client in RecordClient.allCases { #expect(refusal(settings, client) == nil, "\(client)") }
    }

    @Test("what only librdkafka knows is refused with the way out")
    func unknown() throws {
        let error = try #require(refusal(["queued.min.messages": "10"], .native))
        #expect(error.kind == .invalidRequest)
        #expect(error.message.contains("queued.min.messages") && error.message.contains(".librdkafka"))
        #expect(refusal(["queued.min.messages": "10"], .librdkafka) == nil)
    }

    @Test(
        "a value that cannot be is refused by both",
        arguments: [("fetch.min.bytes", "none"), ("fetch.wait.max.ms", "-1"), ("check.crcs", "perhaps")])
    func values(name: String, value: String) {
        for client in RecordClient.allCases {
            #expect(refusal([name: value], client)?.message.contains(name) == true, "\(client)")
        }
    }
}
