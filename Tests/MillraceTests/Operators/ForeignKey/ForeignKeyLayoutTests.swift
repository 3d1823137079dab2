import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

/// The bytes are those that Kafka Streams writes for the same program.
@Suite("Topics, nodes and bytes of a foreign-key join")
struct ForeignKeyLayoutTests {
    @Test("subscriptions carry instruction, hash, primary key and partition; answers the hash and the right value")
    func bytes() throws {
        // Under our own semantics each subscription asks for an answer: 2 in place of 3.
        let fixture = try ForeignKeyFixture(isLeft: false, TestDriverConfiguration(semantics: .kafkaStreams))
        try fixture.customers.send("ada", "Ada")
        try fixture.orders.send(7, Order("ada", 1))
        try fixture.orders.send(7, nil)
        let key: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 7]
        let hash = Murmur3.hash128(Array(#"{"amount":1,"item":"ada"}"#.utf8).span.bytes)
        let hashBytes = [hash.first, hash.second].flatMap { word in
            (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }
        func read(_ topic: String) throws -> [Record<String, [UInt8]>] {
            try fixture.driver.outputTopic("test-j-\(topic)-topic", key: .string, value: .byteArray).readAll()
        }
        let subscriptions = try read("subscription-registration")
        #expect(subscriptions.map(\.key) == ["ada", "ada"])
        #expect(
            subscriptions.map(\.value) == [[1, 3] + hashBytes + key + [0, 0, 0, 0], [0x81, 1] + key + [0, 0, 0, 0]])
        let answers = try read("subscription-response")
        #expect(answers.map(\.value) == [[0] + hashBytes + Array("Ada".utf8), [0x80]])
        let kept = try fixture.driver.outputTopic(
            "test-j-subscription-store-changelog", key: .byteArray, value: .byteArray
        ).readAll()
        #expect(kept.map(\.key) == Array(repeating: [0, 0, 0, 3] + Array("ada".utf8) + key, count: 2))
        #expect(kept.map(\.value) == [[1, 3] + hashBytes + key + [0, 0, 0, 0], nil])
    }

    @Test("the topics have as many partitions as the tables that their readers join")
    func partitions() throws {
        let builder = StreamsBuilder()
        let orders = builder.table("orders", OperatorFixture.orders)
        let customers = builder.table("customers", Consumed(key: .string, value: .string))
        let joined = orders.join(
            customers, foreignKey: { _, order in order.item },
            Materialized<Int64, String>(as: "results", value: .string),
            joined: TableJoined(name: "j")
        ) { order, name in "\(order.amount) \(name)" }
        joined.groupBy(Grouped(key: .string, value: .string, name: "names")) { _, text in (text, text) }.count()
            .toStream().to("out", Produced(key: .string, value: .int64))
        let counts = try builder.build().partitionCounts(external: ["orders": 4, "customers": 7])
        #expect(counts[.subscription("j-subscription-registration")] == 7)
        #expect(counts[.subscription("j-subscription-response")] == 4)
        #expect(counts[.repartition("names")] == 4)
    }

    @Test("a serde that is missing is named")
    func missingSerde() throws {
        let builder = StreamsBuilder()
        let orders = builder.table("orders", OperatorFixture.orders).mapValues { $0.item }
        let customers = builder.table("customers", Consumed(key: .string, value: .string))
        orders.join(customers, foreignKey: { _, item in item }, joined: TableJoined(name: "j")) { $0 + $1 }
            .toStream().to("out", Produced(key: .int64, value: .string))
        #expect(throws: TopologyError.missingSerde(node: "j-subscription-registration-processor", role: "value")) {
            _ = try builder.build()
        }
    }

    @Test("nodes, topics and stores have Kafka Streams' names and numbers")
    func names() throws {
        let topology = try ForeignKeyFixture.describe(
            isLeft: false, store: "results", name: nil, naming: .kafkaStreams
        ).build()
        let join = "KTABLE-FK-JOIN-"
        #expect(
            topology.nodes.map(\.name) == [
                "KSTREAM-SOURCE-0000000001", "KTABLE-SOURCE-0000000002", "KSTREAM-SOURCE-0000000004",
                "KTABLE-SOURCE-0000000005", join + "SUBSCRIPTION-REGISTRATION-0000000007", "KTABLE-SINK-0000000008",
                "KTABLE-SOURCE-0000000009", join + "SUBSCRIPTION-PROCESSOR-0000000011",
                join + "SUBSCRIPTION-PROCESSOR-0000000012", join + "SUBSCRIPTION-PROCESSOR-0000000013",
                "KTABLE-SINK-0000000015", "KTABLE-SOURCE-0000000016",
                join + "SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-0000000017", join + "OUTPUT-0000000018",
                "KTABLE-TOSTREAM-0000000019", "KSTREAM-SINK-0000000020",
            ])
        #expect(
            topology.repartitionTopics.map { $0.reference.name(applicationID: "app") } == [
                "app-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic",
                "app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic",
            ])
        #expect(topology.subtopologies.count == 2)
        #expect(topology.stores[join + "SUBSCRIPTION-STATE-STORE-0000000010"] != nil)
        // The store of pending updates is Millrace's own.
        #expect(topology.stores[join + "SUBSCRIPTION-STATE-STORE-0000000010-fan-out"]?.isAuxiliary == true)
        #expect(!topology.description.contains("fan-out"))
    }
}
