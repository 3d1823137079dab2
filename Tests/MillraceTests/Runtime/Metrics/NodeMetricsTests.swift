import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("Metrics of nodes")
struct NodeMetricsTests {
    private struct Refused: Error {}

    @Test("each node counts what reaches it and what it drops, by reason")
    func counts() throws {
        let builder = StreamsBuilder()
        let stream = builder.stream("in", Consumed(key: .string, value: .int64, name: "source"))
        let parts = stream.nullable.filter(name: "present") { _, value in value != 0 }
            .split(name: "sign-")
            .nullableBranch(name: "none") { _, value in value == nil }
            .defaultBranch(name: "some")
        parts["sign-some"]?.mapValues(name: "double") { value in
            if value > 100 { throw Refused() }
            return value * 2
        }.to("doubled", Produced(key: .string, value: .int64, name: "sink"))
        stream.groupByKey().count(name: "count").toStream(name: "changes").to(
            "counts", Produced(key: .string, value: .int64, name: "counts"))
        let driver = try TopologyTestDriver(
            builder.build(),
            .init(handlers: ErrorHandlers(deserialization: { _ in .skip }, processing: { _ in .skip })))
        let input = driver.inputTopic("in", key: .string, value: .int64)
        for (key, value) in [("a", 1), ("a", 0), (nil, 2), ("b", nil), ("b", 200)] as [(String?, Int64?)] {
            try input.send(key, value)
        }
        try driver.send(ProducedRecord(topic: "in", key: nil, value: [1, 2], timestamp: .epoch, headers: .empty))

        let nodes = Dictionary(uniqueKeysWithValues: driver.nodes.map { ($0.name, $0) })
        let processed = nodes.mapValues(\.processedRecords)
        #expect(
            processed == [
                "source": 5, "present": 5, "sign-": 4, "sign-none": 1, "sign-some": 3, "double": 3, "sink": 2,
                "count": 5, "changes": 3, "counts": 3,
            ])
        #expect(nodes["source"]?.dropped == [.undecodable: 1])
        #expect(nodes["double"]?.dropped == [.processingError: 1])
        #expect(nodes["count"]?.dropped == [.nullKey: 1, .nullValue: 1])
        #expect(
            driver.droppedRecords == [.undecodable: 1, .processingError: 1, .nullKey: 1, .nullValue: 1])
        #expect(driver.nodes.map(\.name).prefix(3) == ["source", "present", "sign-"])
    }
}
