import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Time windows against a plain fold")
struct WindowPropertyTests {
    /// Windows and their input, by chance.
    private struct Case {
        var size: Int64
        var advance: Int64
        var grace: Int64
        var events: [Event]
        var schedule: Schedule

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            size = Int64.random(in: 1...40, using: &random)
            advance = Bool.random(using: &random) ? size : Int64.random(in: 1...size, using: &random)
            grace = Bool.random(using: &random) ? 0 : Int64.random(in: 0...30, using: &random)
            events = EventShape(nulls: 9).events(&random)
            schedule = Schedule(&random)
        }

        var windows: TimeWindows {
            .hopping(
                size: .milliseconds(size), advance: .milliseconds(advance), grace: .milliseconds(grace))
        }

        func oracle(_ fold: @escaping (Int64?, Int64?) -> Int64) -> WindowOracle {
            WindowOracle(
                size: size, advance: advance, grace: grace, partitions: schedule.partitions, events, fold: fold)
        }
    }

    /// Depends on the order of the records.
    private static let fold: @Sendable (Int64?, Int64?) -> Int64 = { sum, value in (sum ?? 7) &* 3 &+ (value ?? 1_000) }

    private func topology(
        _ test: Case, _ emission: EmissionPolicy? = nil,
        _ rest: (KTable<Windowed<String>, Int64>) -> KTable<Windowed<String>, Int64> = { $0 }
    ) throws -> Topology {
        let builder = StreamsBuilder()
        var materialized = Materialized<String, Int64>(as: "sums", value: .int64)
        if let emission { materialized = materialized.emitting(emission) }
        rest(
            builder.numbers().groupByKey().windowed(by: test.windows)
                .nullableAggregate(initial: { nil }, materialized) { _, value, sum in Self.fold(sum, value) }
        ).output()
        return try builder.build()
    }

    @Test("the rows of all windows, and every step to them", arguments: Seeds.first(40, of: 80))
    func rows(seed: UInt64) throws {
        let test = Case(seed: seed)
        let oracle = test.oracle(Self.fold)
        let found = try test.schedule.run(try topology(test), test.events)
        #expect(found.table == oracle.rows.mapValues(\.value), "seed \(seed)")
        if test.schedule.emission == .everyUpdate { #expect(found.byKey == oracle.history, "seed \(seed)") }
    }

    @Test("late records are counted, once for each window", arguments: 0..<20 as Range<UInt64>)
    func late(seed: UInt64) throws {
        let test = Case(seed: seed)
        let driver = try TopologyTestDriver(
            try topology(test), .init(partitions: .counts(others: test.schedule.partitions)))
        for event in test.events { try driver.send(event) }
        #expect(driver.droppedRecords[.late] ?? 0 == test.oracle(Self.fold).late, "seed \(seed)")
    }

    @Test("closed windows, each once, when emitted as they close", arguments: Seeds.first(25, of: 60))
    func onClose(seed: UInt64) throws {
        let test = Case(seed: seed)
        let found = try test.schedule.run(try topology(test, .onWindowClose), test.events)
        #expect(found.table == test.oracle(Self.fold).closed, "seed \(seed)")
        #expect(found.byKey.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    }

    @Test("closed windows, each once, when suppressed until they close", arguments: Seeds.first(25, of: 60))
    func suppressed(seed: UInt64) throws {
        let test = Case(seed: seed)
        let found = try test.schedule.run(
            try topology(test) { $0.suppress(.untilWindowCloses()) }, test.events)
        #expect(found.table == test.oracle(Self.fold).closed, "seed \(seed)")
        #expect(found.byKey.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
    }

    @Test(
        "suppressed for a while, the last value of each row is said once time has moved on",
        arguments: 0..<30 as Range<UInt64>)
    func timeLimit(seed: UInt64) throws {
        var test = Case(seed: seed)
        let oracle = test.oracle(Self.fold)
        // One record of each partition moves time far on.
        let last = (0..<60).map { Event(key: "end\($0)", value: 0, time: 1_000_000) }
        test.events += last + last
        let found = try test.schedule.run(
            try topology(test) { $0.suppress(.untilTimeLimit(.milliseconds(5))) }, test.events)
        let table = found.table.filter { !$0.key.hasPrefix("end") }
        #expect(table == oracle.rows.mapValues(\.value), "seed \(seed)")
    }
}
