import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Sliding windows against a plain fold")
struct SlidingPropertyTests {
    private func topology(
        _ difference: Int64, grace: Int64, _ emission: EmissionPolicy? = nil
    ) throws -> Topology {
        let builder = StreamsBuilder()
        var materialized = Materialized<String, Int64>(as: "sums", value: .int64)
        if let emission { materialized = materialized.emitting(emission) }
        builder.numbers().groupByKey()
            .windowed(by: .sliding(difference: .milliseconds(difference), grace: .milliseconds(grace)))
            .aggregate(initial: 0, materialized) { _, value, sum in sum + value }
            .output()
        return try builder.build()
    }

    /// One window ends at each record; one begins behind each, if there is a record in it (SEMANTICS C5).
    private func windows(_ events: [Event], _ difference: Int64) -> [String: Int64] {
        var rows: [String: Int64] = [:]
        for (key, events) in Dictionary(grouping: events, by: \.key) {
            for start in Set(events.flatMap { [max(0, $0.time - difference), $0.time + 1] }) {
                let inside = events.filter { (start...start + difference).contains($0.time) }
                if inside.isEmpty { continue }
                rows[Window.name(key, start, start + difference)] = inside.reduce(0) { $0 + ($1.value ?? 0) }
            }
        }
        return rows
    }

    @Test("all windows, where nothing is late", arguments: 0..<60 as Range<UInt64>)
    func rows(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let difference = Int64.random(in: 0...30, using: &random)
        let events = EventShape(keys: 3).events(&random)
        let schedule = Schedule(&random)
        let found = try schedule.run(try topology(difference, grace: 100_000), events)
        #expect(found.table == windows(events, difference), "seed \(seed)")
    }

    @Test("with late records the same, whatever commits and crashes", arguments: 0..<40 as Range<UInt64>)
    func late(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let difference = Int64.random(in: 0...30, using: &random)
        let grace = Int64.random(in: 0...20, using: &random)
        let events = EventShape(keys: 3).events(&random)
        let schedule = Schedule(&random)
        let topology = try topology(difference, grace: grace, random.once(in: 3) ? .onWindowClose : nil)
        let plain = try Schedule.plain(partitions: schedule.partitions).run(topology, events)
        let found = try schedule.run(topology, events)
        #expect(found.table == plain.table, "seed \(seed)")
        if schedule.emission == .everyUpdate { #expect(found.byKey == plain.byKey, "seed \(seed)") }
    }

    @Test("closed windows, each once, when emitted as they close", arguments: 0..<40 as Range<UInt64>)
    func onClose(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let difference = Int64.random(in: 0...30, using: &random)
        var events = EventShape(keys: 3).events(&random)
        let schedule = Schedule(&random)
        let expected = windows(events, difference)
        // A record of each partition moves time far on.
        events += (0..<60).map { Event(key: "end\($0)", value: 0, time: 1_000_000) }
        let found = try schedule.run(try topology(difference, grace: 50, .onWindowClose), events)
        #expect(found.table.filter { !$0.key.hasPrefix("end") } == expected, "seed \(seed)")
        #expect(found.byKey.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    }
}
