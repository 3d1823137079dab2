import Millrace
import MillraceCore
import MillraceSimulation
import MillraceStores
import MillraceTesting
import Testing

@Suite("Aggregates over sliding windows")
struct SlidingWindowOperatorTests {
    private func fixture(
        _ emission: EmissionPolicy = .everyUpdate, difference: Int64 = 10, grace: Int64 = 0,
        semantics: Semantics = .millrace, isEmptied: Bool = true, regrouped: Bool = false
    ) throws -> OperatorFixture {
        let windows = SlidingWindows(difference: .milliseconds(difference), grace: .milliseconds(grace))
        return try OperatorFixture(
            emission == .onWindowClose ? .everyUpdate : emission, semantics: semantics, emptiesStoreMemory: isEmptied
        ) { _, stream in
            let sums = Materialized<Int64, Int64>(as: "sums", key: .int64, value: .int64).emitting(emission)
            let windowed = stream.groupByKey().windowed(by: windows)
            let table = windowed.aggregate(initial: 0, sums) { _, order, sum in sum + order.amount }
            table.toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
            windowed.late.mapValues { "\($0.window.start) \($0.window.end) \($0.lateness.wholeMilliseconds)" }
                .to("late", Produced(key: .int64, value: .string))
            guard regrouped else { return }
            table.groupBy(Grouped(key: .string, value: .int64)) { key, sum in ("all", sum) }
                .aggregate(
                    initial: 0, Materialized<String, Int64>(as: "total", key: .string, value: .int64),
                    adder: { _, sum, total in total + sum }, subtractor: { _, sum, total in total - sum }
                )
                .toStream().to("total", Produced(key: .string, value: .int64))
        }
    }

    private func lines(_ fixture: OperatorFixture) throws -> [String] {
        try fixture.driver.outputTopic("out", key: .string, value: .int64).readAll().map { record in
            "\(record.key ?? "nil") \(record.value.map { "\($0)" } ?? "nil") @\(record.timestamp)"
        }
    }

    @Test("a record makes the windows that end with it, and those after the records before it")
    func windows() throws {
        let fixture = try fixture(grace: 100)
        try fixture.input.send(1, Order("x", 1), at: Timestamp(20))
        try fixture.input.send(1, Order("x", 10), at: Timestamp(25))
        #expect(try lines(fixture) == ["[1@10/20] 1 @20 ms", "[1@21/31] 10 @25 ms", "[1@15/25] 11 @25 ms"])
        // Between the two: it is in both windows that hold the later one, and has a right window of its own.
        try fixture.input.send(1, Order("x", 100), at: Timestamp(22))
        #expect(
            try lines(fixture) == [
                "[1@21/31] 110 @25 ms", "[1@15/25] 111 @25 ms", "[1@12/22] 101 @22 ms", "[1@23/33] 10 @25 ms",
            ])
        // Early records share a window.
        for time in [4, 2, 9] as [Int64] { try fixture.input.send(2, Order("x", time), at: Timestamp(time)) }
        #expect(
            try lines(fixture) == [
                "[2@0/10] 4 @4 ms", "[2@3/13] 4 @4 ms", "[2@0/10] 6 @4 ms", "[2@3/13] 13 @9 ms", "[2@5/15] 9 @9 ms",
                "[2@0/10] 15 @9 ms",
            ])
    }

    @Test("nulls are dropped; a difference of 0 makes a window of each timestamp; the end of time is late")
    func extremes() throws {
        let fixture = try fixture(difference: 0, grace: 1)
        try fixture.input.send(nil, Order("x"), at: Timestamp(5))
        try fixture.input.send(1, nil, at: Timestamp(500))
        for time in [5, 5, 0, 6, .max] as [Int64] { try fixture.input.send(1, Order("x"), at: Timestamp(time)) }
        #expect(try lines(fixture) == ["[1@5/5] 1 @5 ms", "[1@5/5] 2 @5 ms", "[1@6/6] 1 @6 ms"])
        #expect(fixture.driver.droppedRecords == [.nullKey: 1, .nullValue: 1, .late: 2])
    }

    @Test("a record too late for all windows is dropped once, one too late for some once for each")
    func late() throws {
        let fixture = try fixture(grace: 5)
        try fixture.input.send(1, Order("x", 1), at: Timestamp(80))
        try fixture.input.send(1, Order("x", 2), at: Timestamp(100))
        _ = try lines(fixture)
        try fixture.input.send(1, Order("x", 4), at: Timestamp(84))
        #expect(try lines(fixture) == [])
        // Its own window [80, 90] is closed, that after the record at 80 is also; [90, 100] takes it.
        try fixture.input.send(1, Order("x", 8), at: Timestamp(90))
        #expect(try lines(fixture) == ["[1@90/100] 10 @100 ms", "[1@91/101] 2 @100 ms"])
        let late = try fixture.driver.outputTopic("late", key: .int64, value: .string).readAll().map(\.value)
        #expect(late == ["84 ms 94 ms 6", "81 ms 91 ms 9", "80 ms 90 ms 10"])
        #expect(fixture.driver.droppedRecords == [.late: 3])
    }

    @Test("windows are emitted when they close, by start and key, early records' too (NOTES 20)")
    func closing() throws {
        let fixture = try fixture(.onWindowClose, grace: 3)
        for (key, time) in [(2, 4), (1, 8), (1, 9), (2, 13)] as [(Int64, Int64)] {
            try fixture.input.send(key, Order("x"), at: Timestamp(time))
        }
        #expect(try lines(fixture) == [])
        try fixture.input.send(3, Order("x"), at: Timestamp(14))
        // The window [0, 10] is closed once stream time is past 13.
        #expect(try lines(fixture) == ["[1@0/10] 2 @9 ms", "[2@0/10] 1 @4 ms"])
        try fixture.input.send(3, Order("x"), at: Timestamp(1_000))
        #expect(
            try lines(fixture) == [
                "[2@3/13] 2 @13 ms", "[3@4/14] 1 @14 ms", "[2@5/15] 1 @13 ms", "[1@9/19] 1 @9 ms",
            ])
        let early = try self.fixture(.onWindowClose, difference: 100)
        try early.input.send(1, Order("x"), at: Timestamp(150))
        try early.input.send(1, Order("x"), at: Timestamp(40))
        #expect(try lines(early) == [])
    }

    @Test("regrouped, a window counts once however often it is sent (NOTES 5)")
    func oldValues() throws {
        let fixture = try fixture(regrouped: true)
        for (time, amount) in [(15, 1), (20, 10), (31, 100)] as [(Int64, Int64)] {
            try fixture.input.send(1, Order("x", amount), at: Timestamp(time))
        }
        #expect(
            try lines(fixture) == [
                "[1@5/15] 1 @15 ms", "[1@16/26] 10 @20 ms", "[1@10/20] 11 @20 ms", "[1@21/31] 100 @31 ms",
                "[1@21/31] 100 @31 ms",
            ])
        let total = try fixture.driver.outputTopic("total", key: .string, value: .int64).readTable()
        #expect(total["all"] == 122)
    }

    @Test("where time moves on in an idle task, windows close, too (D7)")
    func idle() throws {
        let builder = StreamsBuilder()
        let windows = SlidingWindows(difference: .milliseconds(10), grace: .milliseconds(5))
        builder.stream("in", OperatorFixture.orders).groupByKey().windowed(by: windows)
            .count(Materialized(key: .int64, value: .int64).emitting(.onWindowClose))
            .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        let driver = try TopologyTestDriver(
            builder.build(),
            TestDriverConfiguration(idlePolicy: .advance(every: .milliseconds(10))))
        try driver.inputTopic("in", key: .int64, value: .json(Order.self)).send(1, Order("x"), at: Timestamp(20))
        let out = driver.outputTopic("out", key: .string, value: .int64)
        #expect(try out.readAll().isEmpty)
        try driver.advanceWallClock(by: .milliseconds(1_000))
        #expect(try out.readAll().map(\.key) == ["[1@10/20]"])
    }

    @Test("settings that make no sense are refused by build")
    func refused() throws {
        for (difference, grace, retention) in [(-1, 0, 100), (10, -1, 100), (10, 5, 24)] as [(Int64, Int64, Int64)] {
            let builder = StreamsBuilder()
            _ = builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
                .windowed(by: .sliding(difference: .milliseconds(difference), grace: .milliseconds(grace)))
                .count(.as("counts").retained(for: .milliseconds(retention)))
            #expect(throws: TopologyError.self) { try builder.build() }
        }
    }

    @Test(
        "without late records the windows hold what their bounds say", arguments: 0..<12 as Range<UInt64>,
        [EmissionPolicy.everyUpdate, .coalesced, .onWindowClose])
    func oracle(seed: UInt64, emission: EmissionPolicy) throws {
        var random = SeededGenerator(seed: seed)
        let difference = Int64.random(in: 1...30, using: &random)
        let fixture = try fixture(emission, difference: difference, grace: 1_000, isEmptied: seed % 2 == 0)
        var records: [Int64: [(time: Int64, amount: Int64)]] = [:]
        for _ in 0..<80 {
            let key = Int64.random(in: 1...3, using: &random)
            let time = Int64.random(in: 0...150, using: &random)
            let amount = Int64.random(in: 1...1_000, using: &random)
            records[key, default: []].append((time, amount))
            try fixture.input.send(key, Order("x", amount), at: Timestamp(time))
        }
        // Closes everything, with a key of its own whose windows stay open.
        try fixture.input.send(99, Order("x"), at: Timestamp(1_000_000))
        var expected: [String: Int64] = [:]
        for (key, list) in records {
            for (time, _) in list {
                for start in [max(0, time - difference), time + 1] {
                    let inside = list.filter { $0.time >= start && $0.time <= start + difference }
                    if inside.isEmpty { continue }
                    expected["[\(key)@\(start)/\(start + difference)]"] = inside.reduce(0) { $0 + $1.amount }
                }
            }
        }
        let found = try fixture.driver.outputTopic("out", key: .string, value: .int64).readTable()
            .filter { !$0.key.hasPrefix("[99") }
        #expect(found == expected, "seed \(seed), difference \(difference), \(emission)")
    }
}
