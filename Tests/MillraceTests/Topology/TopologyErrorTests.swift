import Millrace
import MillraceCore
import MillraceStores
import Testing

@Suite("Mistakes in a topology name the node")
struct TopologyErrorTests {
    private let text = Consumed<String, String>(key: .string, value: .string)

    private func expectError(_ error: TopologyError, _ describe: (StreamsBuilder) -> Void) {
        let builder = StreamsBuilder()
        describe(builder)
        #expect(throws: error) { try builder.build() }
    }

    @Test func emptyTopology() { expectError(.empty) { _ in } }

    @Test func nameUsedTwice() {
        expectError(.duplicateName("upper")) { builder in
            builder.stream("in", text).mapValues(name: "upper") { $0.uppercased() }
                .filter(name: "upper") { _, _ in true }.to("out")
        }
    }

    @Test func storeAddedTwice() {
        expectError(.duplicateStore("counts")) { builder in
            let grouped = builder.stream("in", text).groupByKey()
            _ = grouped.count(.as("counts"), name: "first")
            _ = grouped.count(.as("counts"), name: "second")
        }
    }

    @Test func unknownStore() {
        expectError(.unknownStore(node: "dedupe", store: "seen")) { builder in
            builder.stream("in", text).process(name: "dedupe", stores: ["seen"]) { Forwarder($0) }.to(
                "out", Produced(key: .string, value: .string))
        }
    }

    @Test func topicReadTwice() {
        expectError(.sourceTopicReused(topic: "in", node: "KSTREAM-SOURCE-0000000000")) { builder in
            builder.stream(topics: ["in", "in"], text).to("a")
        }
    }

    @Test func missingSerde() {
        expectError(.missingSerde(node: "KSTREAM-SINK-0000000002", role: "value")) { builder in
            builder.stream("in", text).mapValues { $0.count }.to("out")
        }
    }

    @Test func windowsThatCannotBe() {
        let message = "windows of 10 ms every 11 ms; the advance must be at least 1 ms and at most the size"
        expectError(.invalidArgument(node: "KSTREAM-AGGREGATE-0000000002", message: message)) { builder in
            _ = builder.stream("in", text).groupByKey()
                .windowed(by: .hopping(size: .milliseconds(10), advance: .milliseconds(11), grace: .zero)).count()
        }
    }

    @Test("repartition topics take the count of what feeds them; joined topics must match")
    func partitionCounts() throws {
        let builder = StreamsBuilder()
        let users = builder.table("users", text)
        builder.stream("clicks", text).selectKey { _, value in value }.join(
            users, Joined(key: .string, value: .string, name: "by-user")
        ) { $0 + $1 }.to("out", Produced(key: .string, value: .string))
        builder.stream("views", text).join(users) { $0 + $1 }.to("out2", Produced(key: .string, value: .string))
        let topology = try builder.build()

        let counts = try topology.partitionCounts(external: ["users": 4, "clicks": 9, "views": 4])
        #expect(counts[.repartition("by-user")] == 4)
        #expect(
            throws: TopologyError.unequalPartitionCounts(
                node: "KSTREAM-JOIN-0000000010", counts: ["users": 4, "views": 3])
        ) {
            try topology.partitionCounts(external: ["users": 4, "clicks": 9, "views": 3])
        }
        #expect(throws: TopologyError.missingSourceTopic(topic: "views", node: "KSTREAM-SOURCE-0000000009")) {
            try topology.partitionCounts(external: ["users": 4, "clicks": 9])
        }
    }
}

private final class Forwarder: Processor {
    let context: ProcessorContext<String, String>

    init(_ context: ProcessorContext<String, String>) { self.context = context }

    func process(_ record: Record<String, String>) throws { try context.forward(record) }
}
