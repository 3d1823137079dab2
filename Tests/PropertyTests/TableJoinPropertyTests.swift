import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

@Suite("Tables joined with tables against their last rows")
struct TableJoinPropertyTests {
    enum Kind: CaseIterable { case inner, left, outer }

    private func value(_ left: Int64?, _ right: Int64?) -> Int64 { (left ?? 70) * 1_000 + (right ?? 80) }

    @Test("the rows of both sides, whichever came first", arguments: Kind.allCases, 0..<40 as Range<UInt64>)
    func join(kind: Kind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(topics: ["left", "right"], keys: 6, nulls: 4).events(&random)
        let schedule = Schedule(&random)
        let isMaterialized = Bool.random(using: &random)
        let builder = StreamsBuilder()
        let left = builder.numberTable("left")
        let right = builder.numberTable("right")
        let store = isMaterialized ? Materialized<String, Int64>(as: "joined", key: .string, value: .int64) : nil
        switch kind {
        case .inner: left.join(right, store) { $0 * 1_000 + $1 }.output()
        case .left: left.leftJoin(right, store) { $0 * 1_000 + ($1 ?? 80) }.output()
        case .outer: left.outerJoin(right, store) { ($0 ?? 70) * 1_000 + ($1 ?? 80) }.output()
        }
        var rows: [String: [String: Int64]] = [:]
        for event in events { rows[event.topic, default: [:]][event.key] = event.value }
        var expected: [String: Int64] = [:]
        for key in Set(events.map(\.key)) {
            let (left, right) = (rows["left"]?[key], rows["right"]?[key])
            let isThere =
                switch kind {
                case .inner: left != nil && right != nil
                case .left: left != nil
                case .outer: left != nil || right != nil
                }
            if isThere { expected[key] = value(left, right) }
        }
        let found = try schedule.run(try builder.build(), events)
        #expect(found.table == expected, "\(kind), seed \(seed)")
    }

    @Test("sums over a join, taken back when either side changes", arguments: 0..<40 as Range<UInt64>)
    func regrouped(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let events = EventShape(topics: ["left", "right"], keys: 6, nulls: 4).events(&random)
        let schedule = Schedule(&random)
        let builder = StreamsBuilder()
        builder.numberTable("left").join(builder.numberTable("right")) { $0 * 10 + $1 }
            .groupBy(Grouped(key: .string, value: .int64)) { _, value in ("g\(abs(value) % 3)", value) }
            .aggregate(
                initial: 0, Materialized(as: "sums", value: .int64), adder: { $2 + $1 }, subtractor: { $2 - $1 }
            ).output()
        var rows: [String: [String: Int64]] = [:]
        for event in events { rows[event.topic, default: [:]][event.key] = event.value }
        var expected: [String: Int64] = [:]
        for (key, left) in rows["left"] ?? [:] {
            guard let right = rows["right"]?[key] else { continue }
            expected["g\(abs(left * 10 + right) % 3)", default: 0] += left * 10 + right
        }
        let found = try schedule.run(try builder.build(), events).table
        #expect(found.filter { $0.value != 0 } == expected.filter { $0.value != 0 }, "seed \(seed)")
    }
}
