import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Cogrouped streams against a plain fold")
struct CogroupPropertyTests {
    @Test("sums over two topics", arguments: 0..<40 as Range<UInt64>)
    func sums(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(topics: ["left", "right"]).events(&random)
        let schedule = Schedule(&random)
        let builder = StreamsBuilder()
        let left = builder.numbers("left").groupByKey()
        let right = builder.numbers("right").groupByKey()
        left.cogroup { (_: String, value: Int64, sum: Int64) in sum + value }
            .cogroup(right) { _, value, sum in sum + 100 * value }
            .aggregate(initial: 0, Materialized(as: "sums", value: .int64))
            .output()
        let expected = events.reduce(into: [:] as [String: Int64]) {
            $0[$1.key, default: 0] += ($1.topic == "left" ? 1 : 100) * ($1.value ?? 0)
        }
        let found = try schedule.run(try builder.build(), events)
        #expect(found.table == expected, "seed \(seed)")
    }
}
