import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

/// A topology of a few random tables and streams, its input, and what must come out of it wherever it runs. Pure.
struct RandomTopology: CustomStringConvertible {
    let seed: UInt64
    let tables: [TablePlan]
    let streams: [StreamPlan]
    let events: [Event]
    let topology: Topology

    init(seed: UInt64, events count: Int = 80) throws {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        let tables = (0..<3).map { _ in TablePlan.random(&random, depth: 2) }
        let streams = [StreamPlan.random(&random, depth: 3)]
        self.tables = tables
        self.streams = streams
        let isNull = EventShape(topics: RandomTopology.inputs, count: count, keys: 6, nulls: 5).events(&random)
        // Streams have no nulls; the table's are deletions.
        events = isNull.map { event in
            var event = event
            if event.topic != TablePlan.topic { event.value = event.value ?? 1 }
            return event
        }
        let plans = TablePlanBuilder()
        for (index, table) in tables.enumerated() {
            table.describe(plans).toStream().to("table-\(index)", Produced(key: .string, value: .int64))
        }
        for (index, stream) in streams.enumerated() {
            stream.describe(plans.builder).to("stream-\(index)", Produced(key: .string, value: .int64))
        }
        topology = try plans.builder.build()
    }

    static let inputs = StreamPlan.topics + [TablePlan.topic]

    /// The input topics that are read.
    var inputs: [String] { topology.sourceTopics }
    var outputs: [String] { tables.indices.map { "table-\($0)" } + streams.indices.map { "stream-\($0)" } }

    /// What is wrong with what came out; empty where nothing is.
    func differences(_ found: [String: [Record<String, Int64>]], after events: [Event]? = nil) -> [String] {
        let input = events ?? self.events
        var differences: [String] = []
        for (index, plan) in tables.enumerated() {
            let table = Outputs(found["table-\(index)"] ?? []).table
            let expected = plan.rows(input)
            if table != expected { differences.append("\(plan): \(table) instead of \(expected)") }
        }
        for (index, plan) in streams.enumerated() {
            let items = (found["stream-\(index)"] ?? []).map {
                StreamPlan.Item(
                    key: $0.key ?? "", value: $0.value ?? 0, time: $0.timestamp.millisecondsSinceEpoch)
            }
            let expected = plan.items(input)
            let counts = RandomTopology.counts(items)
            if counts != RandomTopology.counts(expected) {
                differences.append("\(plan): \(items.count) records, \(expected.count) expected, or other ones")
            }
        }
        return differences
    }

    private static func counts(_ items: [StreamPlan.Item]) -> [StreamPlan.Item: Int] {
        items.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    var description: String { "seed \(seed): \(tables) \(streams)" }
}
