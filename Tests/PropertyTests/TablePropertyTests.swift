import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Tables against what their last rows say")
struct TablePropertyTests {
    private func input(_ seed: UInt64) -> (events: [Event], schedule: Schedule, rows: [String: Int64]) {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(keys: 8, nulls: 4).events(&random)
        let schedule = Schedule(&random)
        return (events, schedule, events.reduce(into: [:]) { $0[$1.key] = $1.value })
    }

    @Test("a table is the last record of each key", arguments: 0..<20 as Range<UInt64>)
    func table(seed: UInt64) throws {
        let (events, schedule, rows) = input(seed)
        let builder = StreamsBuilder()
        builder.table("in", Consumed(key: .string, value: .int64), materialized: .as("rows")).output()
        #expect(try schedule.run(try builder.build(), events).table == rows, "seed \(seed)")
    }

    @Test("filtered and mapped tables", arguments: 0..<40 as Range<UInt64>)
    func transformed(seed: UInt64) throws {
        let (events, schedule, rows) = input(seed)
        let isMaterialized = seed % 2 == 0
        let builder = StreamsBuilder()
        builder.numberTable("in").filter(isMaterialized ? .as("even") : Materialized()) { _, value in value % 2 == 0 }
            .mapValues(Materialized(as: isMaterialized ? "tenfold" : nil, value: .int64)) { $0 * 10 }
            .output()
        let expected = rows.filter { $0.value % 2 == 0 }.mapValues { $0 * 10 }
        #expect(try schedule.run(try builder.build(), events).table == expected, "seed \(seed)")
    }

    /// Rows that are grouped: those with an odd value are in no group.
    private func groups(_ rows: [String: Int64]) -> [String: [Int64]] {
        rows.values.filter { $0 % 2 == 0 }.reduce(into: [:]) { $0["g\(abs($1) % 5)", default: []].append($1) }
    }

    private func grouped(_ builder: StreamsBuilder) -> KGroupedTable<String, Int64> {
        builder.numberTable("in").groupBy(Grouped(key: .string, value: .int64)) { _, value in
            value % 2 == 0 ? ("g\(abs(value) % 5)", value) : (nil, nil)
        }
    }

    @Test(
        "rows counted by group: a row that changes its group is taken out of the old one",
        arguments: 0..<50 as Range<UInt64>)
    func count(seed: UInt64) throws {
        let (events, schedule, rows) = input(seed)
        let builder = StreamsBuilder()
        grouped(builder).count(.as("counts")).output()
        let found = try schedule.run(try builder.build(), events).table
        // A group that was there once stays, with 0 (SEMANTICS C9).
        #expect(found.filter { $0.value != 0 } == groups(rows).mapValues { Int64($0.count) }, "seed \(seed)")
    }

    @Test("rows summed up by group", arguments: 0..<50 as Range<UInt64>)
    func aggregate(seed: UInt64) throws {
        let (events, schedule, rows) = input(seed)
        let builder = StreamsBuilder()
        grouped(builder).aggregate(
            initial: 0, Materialized(as: "sums", value: .int64), adder: { $2 + $1 }, subtractor: { $2 - $1 }
        ).output()
        let found = try schedule.run(try builder.build(), events).table
        #expect(
            found.filter { $0.value != 0 }
                == groups(rows).mapValues { $0.reduce(0, +) }.filter { $0.value != 0 }, "seed \(seed)")
    }

    @Test("counts of counts: how many keys have had how many records", arguments: 0..<40 as Range<UInt64>)
    func countsOfCounts(seed: UInt64) throws {
        let (events, schedule, _) = input(seed)
        let builder = StreamsBuilder()
        builder.numbers().groupByKey().count(.as("counts"))
            .groupBy(Grouped(key: .string, value: .int64)) { _, count in ("\(count)", count) }
            .count(.as("frequencies")).output()
        let found = try schedule.run(try builder.build(), events).table
        let counts = events.filter { $0.value != nil }.reduce(into: [:] as [String: Int]) {
            $0[$1.key, default: 0] += 1
        }
        let expected = counts.values.reduce(into: [:] as [String: Int64]) { $0["\($1)", default: 0] += 1 }
        #expect(found.filter { $0.value != 0 } == expected, "seed \(seed)")
    }
}
