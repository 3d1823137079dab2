import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("The join of a stream that waits with a versioned table")
struct StreamTableGraceJoinTests {
    private static let names = Consumed<Int64, String>(key: .int64, value: .string)
    private static let out = Produced<Int64, String>(key: .int64, value: .string)

    private static func topology(isLeft: Bool, grace: Int64 = 10, history: Int64 = 100) throws -> Topology {
        let builder = StreamsBuilder()
        let names = builder.table(
            "names", names, materialized: .versioned("names", history: .milliseconds(history)))
        let stream = builder.stream("in", OperatorFixture.orders)
        let joined = Joined<Int64, Order>(name: "j", grace: .milliseconds(grace))
        let result: KStream<Int64, String> =
            isLeft
            ? stream.leftJoin(names, joined) { order, name in "\(order.item)+\(name ?? "-")" }
            : stream.join(names, joined) { order, name in "\(order.item)+\(name)" }
        result.to("out", out)
        return try builder.build()
    }

    private struct Rig {
        let driver: TopologyTestDriver
        let table: TestInputTopic<Int64, String>
        let input: TestInputTopic<Int64, Order>

        init(_ topology: Topology, _ configuration: TestDriverConfiguration = .init(emptiesStoreMemory: true)) throws {
            driver = try TopologyTestDriver(topology, configuration)
            table = driver.inputTopic("names", key: .int64, value: .string)
            input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
        }

        func send(_ item: String, _ key: Int64?, _ time: Int64, headers: Headers = .empty) throws {
            try input.send(key, Order(item), at: Timestamp(time), headers: headers)
        }

        func values() throws -> [String?] { try records().map(\.value) }
        func records() throws -> [Record<Int64, String>] {
            try driver.outputTopic("out", key: .int64, value: .string).readAll()
        }
    }

    @Test("holds records until stream time is the grace later, and lets them go by time, key and arrival (F3)")
    func order() throws {
        let rig = try Rig(Self.topology(isLeft: true))
        for key in 1...3 as ClosedRange<Int64> { try rig.table.send(key, "n\(key)", at: Timestamp(1)) }
        for (item, key, time) in [("a", 2, 25), ("b", 1, 20), ("c", 1, 22), ("d", 2, 20), ("e", 2, 20)] {
            try rig.send(item, Int64(key), Int64(time))
        }
        #expect(try rig.values() == [])
        // Exactly at the grace.
        try rig.send("f", 3, 30, headers: Headers([Header("h", "f")]))
        #expect(try rig.values() == ["b+n1", "d+n2", "e+n2"])
        // Later than the grace: not dropped, joined at once.
        try rig.send("late", 1, 19)
        #expect(try rig.values() == ["late+n1"])
        // What arrives while it waits counts, as of the record's time.
        try rig.table.send(1, "m1", at: Timestamp(22))
        try rig.table.send(1, "m1 later", at: Timestamp(23))
        try rig.send("g", 9, 100)
        let records = try rig.records()
        #expect(records.map(\.value) == ["c+m1", "a+n2", "f+n3"])
        #expect(records.map(\.timestamp) == [22, 25, 30].map { Timestamp($0) })
        #expect(records.last?.headers == Headers([Header("h", "f")]))
        #expect(rig.driver.droppedRecords.isEmpty)
    }

    @Test(
        "nulls are dropped before they wait, and move no time; a left join lets null keys through at once (NOTES 18)",
        arguments: [true, false])
    func nulls(isLeft: Bool) throws {
        let rig = try Rig(Self.topology(isLeft: isLeft))
        try rig.table.send(1, "n", at: Timestamp(1))
        try rig.send("a", 1, 21)
        try rig.input.send(1, nil, at: Timestamp(500))
        try rig.send("no key", nil, 500)
        try rig.send("b", 1, 30)
        try rig.send("c", 1, 31)
        #expect(try rig.values() == (isLeft ? ["no key+-", "a+n"] : ["a+n"]))
        #expect(rig.driver.droppedRecords == (isLeft ? [.nullValue: 1] : [.nullValue: 1, .nullKey: 1]))
    }

    @Test("a grace of zero holds nothing back")
    func zero() throws {
        let rig = try Rig(Self.topology(isLeft: true, grace: 0))
        for time in [5, 3, 9] as [Int64] { try rig.send("\(time)", 1, time) }
        #expect(try rig.values() == ["5+-", "3+-", "9+-"])
    }

    @Test("what waits, and the time it waits for, survive crashes at any point", arguments: Seeds.first(12, of: 25))
    func crashes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let topology = try Self.topology(isLeft: seed % 2 == 0, grace: 20, history: 1_000)
        let calm = try Rig(topology)
        let stormy = try Rig(
            topology, TestDriverConfiguration(commits: .every(records: Int.random(in: 1...6, using: &generator))))
        for rig in [calm, stormy] {
            for key in 0..<4 as Range<Int64> {
                for time in stride(from: key, to: 200, by: 13) {
                    try rig.table.send(key, "n\(key)@\(time)", at: Timestamp(time))
                }
            }
            try rig.driver.commit()
        }
        var clock: Int64 = 0
        for index in 0..<150 {
            clock += Int64.random(in: 0...3, using: &generator)
            let time = max(0, clock - Int64.random(in: 0...30, using: &generator))
            let key = Int64.random(in: 0..<5, using: &generator)
            for rig in [calm, stormy] { try rig.send("\(index)", key, time) }
            if Int.random(in: 0..<10, using: &generator) == 0 { try stormy.driver.crash() }
        }
        try stormy.driver.commit()
        #expect(try stormy.values() == calm.values(), "seed \(seed)")
    }
}
