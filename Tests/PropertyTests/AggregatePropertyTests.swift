import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Aggregates of streams against a plain fold")
struct AggregatePropertyTests {
    private func input(_ seed: UInt64) -> (events: [Event], schedule: Schedule) {
        var random = SeededGenerator(seed: seed)
        return (EventShape(nulls: 8).events(&random), Schedule(&random))
    }

    /// Rows by key, and every step to them, of a fold that nil ends.
    private func fold(
        _ events: [Event], _ step: (Int64?, Int64) -> Int64?
    ) -> (table: [String: Int64], history: [String: [String]]) {
        var rows: [String: (value: Int64, time: Int64)] = [:]
        var history: [String: [String]] = [:]
        for event in events {
            guard let value = event.value else { continue }
            let time = max(rows[event.key]?.time ?? 0, event.time)
            let new = step(rows[event.key]?.value, value)
            rows[event.key] = new.map { ($0, time) }
            history[event.key, default: []].append("\(new.map { "\($0)" } ?? "null")@\(time)")
        }
        return (rows.mapValues(\.value), history)
    }

    private func check(
        _ seed: UInt64, _ step: (Int64?, Int64) -> Int64?,
        _ describe: (KGroupedStream<String, Int64>) -> KTable<String, Int64>
    ) throws {
        let (events, schedule) = input(seed)
        let builder = StreamsBuilder()
        describe(builder.numbers().groupByKey()).output()
        let found = try schedule.run(try builder.build(), events)
        let expected = fold(events, step)
        #expect(found.table == expected.table, "seed \(seed)")
        if schedule.emission == .everyUpdate { #expect(found.byKey == expected.history, "seed \(seed)") }
    }

    @Test("count", arguments: 0..<30 as Range<UInt64>)
    func count(seed: UInt64) throws {
        try check(seed, { count, _ in (count ?? 0) + 1 }) { $0.count(.as("counts")) }
    }

    @Test(
        "reduce, with a reducer that depends on the order and now and then deletes",
        arguments: 0..<40 as Range<UInt64>)
    func reduce(seed: UInt64) throws {
        let reducer: @Sendable (Int64, Int64) -> Int64? = { sum, value in value == 3 ? nil : sum &* 3 &+ value }
        try check(seed, { sum, value in sum.map { reducer($0, value) } ?? value }) { $0.reduce(.as("sums"), reducer) }
    }

    @Test("aggregate, which now and then deletes", arguments: 0..<40 as Range<UInt64>)
    func aggregate(seed: UInt64) throws {
        let step: @Sendable (Int64?, Int64) -> Int64? = { sum, value in value < -6 ? nil : (sum ?? 100) &* 3 &+ value }
        try check(seed, step) {
            $0.nullableAggregate(initial: { nil }, Materialized(as: "sums", value: .int64)) { _, value, sum in
                step(sum, value)
            }
        }
    }

    @Test("sums by a new key, through a repartition topic", arguments: 0..<40 as Range<UInt64>)
    func regrouped(seed: UInt64) throws {
        let (events, schedule) = input(seed)
        let builder = StreamsBuilder()
        builder.numbers().nullable.filter { _, value in value != nil }
            .groupBy(Grouped(key: .string, value: .int64)) { _, value in "g\(abs(value) % 5)" }
            .aggregate(initial: 0, Materialized(as: "sums", value: .int64)) { _, value, sum in sum + value }
            .output()
        let found = try schedule.run(try builder.build(), events)
        let expected = events.reduce(into: [:] as [String: Int64]) { sums, event in
            if let value = event.value { sums["g\(abs(value) % 5)", default: 0] += value }
        }
        #expect(found.table == expected, "seed \(seed)")
    }
}
