import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Streams joined with tables against a plain fold")
struct StreamTableJoinPropertyTests {
    /// Records whose times are all different and in order: a task then takes them by time, whatever waits where.
    @Test("each record meets the row of its time", arguments: Seeds.first(40, of: 80))
    func join(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shape = EventShape(topics: ["in", "rows"], disorder: 0, nulls: 5, hasDistinctTimes: true)
        let events = shape.events(&random)
        let schedule = Schedule(&random)
        let isLeft = Bool.random(using: &random)
        let builder = StreamsBuilder()
        let rows = builder.numberTable("rows")
        let stream = builder.numbers()
        if isLeft {
            stream.leftJoin(rows) { value, row in value * 100 + (row ?? 50) }.output()
        } else {
            stream.join(rows) { value, row in value * 100 + row }.output()
        }
        var table: [String: Int64] = [:]
        var expected: [String: [String]] = [:]
        for event in events {
            if event.topic == "rows" {
                table[event.key] = event.value
            } else if let value = event.value, isLeft || table[event.key] != nil {
                expected[event.key, default: []].append("\(value * 100 + (table[event.key] ?? 50))@\(event.time)")
            }
        }
        let found = try schedule.run(try builder.build(), events)
        #expect(found.byKey == expected, "seed \(seed)")
    }

    /// The row of a key as of a time, of rows in the order of their arrival; nil where there is none, or it is deleted.
    private func row(of key: String, asOf time: Int64, _ rows: some Sequence<Event>) -> Int64? {
        var newest: Event?
        for row in rows where row.key == key && row.time <= time && row.time >= newest?.time ?? 0 { newest = row }
        return newest?.value
    }

    private func versioned(_ builder: StreamsBuilder) -> KTable<String, Int64> {
        builder.table(
            "rows", Consumed(key: .string, value: .int64), materialized: .versioned("rows", history: .seconds(1_000)))
    }

    private func describe(
        _ builder: StreamsBuilder, _ rows: KTable<String, Int64>, grace: Duration?, isLeft: Bool
    ) throws -> Topology {
        let joined = Joined<String, Int64>(name: "j", grace: grace)
        if isLeft {
            builder.numbers().leftJoin(rows, joined) { value, row in value * 100 + (row ?? 50) }.output()
        } else {
            builder.numbers().join(rows, joined) { value, row in value * 100 + row }.output()
        }
        return try builder.build()
    }

    private func result(_ event: Event, _ row: Int64?, isLeft: Bool) -> Record<String, Int64>? {
        guard let value = event.value, isLeft || row != nil else { return nil }
        return Record(key: event.key, value: value * 100 + (row ?? 50), timestamp: Timestamp(event.time))
    }

    @Test(
        "versions: each record meets the row as of its time among those that came before it, out of order",
        arguments: [false, true], 0..<40 as Range<UInt64>)
    func versions(isLeft: Bool, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(topics: ["in", "rows"], nulls: 5).events(&random)
        var schedule = Schedule(&random)
        schedule.delays = false
        // What is read again after a crash may meet rows that came later.
        schedule.crashes = 0
        let builder = StreamsBuilder()
        let topology = try describe(builder, versioned(builder), grace: nil, isLeft: isLeft)
        var expected: [Record<String, Int64>: Int] = [:]
        for (index, event) in events.enumerated() where event.topic == "in" {
            let row = row(of: event.key, asOf: event.time, events[..<index].filter { $0.topic == "rows" })
            if let result = result(event, row, isLeft: isLeft) { expected[result, default: 0] += 1 }
        }
        #expect(try schedule.run(topology, events).counts == expected, "left \(isLeft), seed \(seed)")
    }

    @Test(
        "a stream that waits for long enough meets the row as of its time among all, whatever came first",
        arguments: [false, true], Seeds.first(25, of: 60))
    func grace(isLeft: Bool, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shape = EventShape(topics: ["in", "rows"], nulls: 5)
        let events = shape.events(&random)
        let schedule = Schedule(&random)
        let grace = shape.disorder + Int64.random(in: 0...20, using: &random)
        let builder = StreamsBuilder()
        let topology = try describe(builder, versioned(builder), grace: .milliseconds(grace), isLeft: isLeft)
        var expected: [Record<String, Int64>: Int] = [:]
        for event in events where event.topic == "in" {
            let row = row(of: event.key, asOf: event.time, events.filter { $0.topic == "rows" })
            if let result = result(event, row, isLeft: isLeft) { expected[result, default: 0] += 1 }
        }
        // A record of each partition moves the stream's time far on.
        let ends = (0..<60).map { Event(key: "end\($0)", value: 0, time: 100_000) }
        let found = try schedule.run(topology, events + ends).counts
        #expect(
            found.filter { !($0.key.key ?? "").hasPrefix("end") } == expected, "left \(isLeft), seed \(seed)")
    }

    @Test(
        "global: each record meets the last row that came before it", arguments: [false, true],
        0..<40 as Range<UInt64>)
    func global(isLeft: Bool, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(topics: ["in", "rows"], nulls: 5).events(&random)
        var schedule = Schedule(&random)
        schedule.delays = false
        // What is read again after a crash may meet rows that came later.
        schedule.crashes = 0
        let builder = StreamsBuilder()
        let rows = builder.globalTable("rows", Consumed<String, Int64>(key: .string, value: .int64))
        let reference: @Sendable (String, Int64) -> String? = { _, value in "k\(abs(value) % 4)" }
        if isLeft {
            builder.numbers().leftJoin(rows, key: reference) { value, row in value * 100 + (row ?? 50) }.output()
        } else {
            builder.numbers().join(rows, key: reference) { value, row in value * 100 + row }.output()
        }
        var table: [String: Int64] = [:]
        var expected: [Record<String, Int64>: Int] = [:]
        for event in events {
            if event.topic == "rows" {
                table[event.key] = event.value
            } else if let value = event.value {
                let row = table["k\(abs(value) % 4)"]
                if let result = result(event, row, isLeft: isLeft) { expected[result, default: 0] += 1 }
            }
        }
        #expect(try schedule.run(builder.build(), events).counts == expected, "left \(isLeft), seed \(seed)")
    }
}
