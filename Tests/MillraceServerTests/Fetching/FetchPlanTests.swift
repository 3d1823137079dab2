import MillraceBroker
import MillraceCore
import MillraceProtocol
import MillraceSimulation
import Testing

@testable import MillraceServer

/// What one look at the partitions of a fetch finds.
@Suite("Fetch plans")
struct FetchPlanTests {
    @Test("at the end of a segment there is more, however few bytes are left of it; at the end of the log there is not")
    func endOfSegment() throws {
        var configuration = BrokerConfiguration(dataDirectory: "/data")
        configuration.hasMaintenanceThread = false
        let broker = try Broker(
            configuration, disk: SimulatedDisk(seed: 1), clock: ManualClock(Timestamp(1_000_000)),
            entropy: SeededEntropy(seed: 2))
        _ = try broker.createTopic("t", configuration: ["segment.bytes": "1024"])
        let partition = try broker.partition(TopicPartition("t", 0))
        var builder = RecordBatchBuilder()
        let value = [UInt8](repeating: 1, count: 300)
        builder.append(timestamp: Timestamp(1_000_000), key: nil, value: value.span.bytes)
        builder.seal()
        for _ in 0..<4 { _ = try broker.append(builder.bytes, to: partition) }

        for (offset, hasMore) in [(0, true), (1, true), (2, false), (3, false)] as [(Int64, Bool)] {
            var request = FetchRequest()
            request.minBytes = 10_000
            var topic = FetchRequest.Topic()
            topic.name = "t"
            var asked = FetchRequest.Partition()
            asked.fetchOffset = offset
            asked.partitionMaxBytes = 1 << 20
            topic.partitions = [asked]
            request.topics = [topic]
            let found = FetchPlan(request, version: 12, broker: broker).evaluate()
            #expect(found.slices.count == 1 && found.byteCount > 0 && found.byteCount < 10_000)
            #expect(found.hasMore == hasMore, "from \(offset)")
        }
        try broker.close()
    }
}
