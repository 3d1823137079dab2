import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

/// Random streams, out of order, against a list of all records that is searched from end to end.
@Suite("The join of two streams gives what a list of all records gives")
struct StreamJoinOracleTests {
    @Test(
        "pairs, unmatched records and their order", arguments: StreamJoinFixture.Kind.allCases,
        Seeds.first(16, of: 40))
    func oracle(kind: StreamJoinFixture.Kind, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let before = Int64.random(in: -5...20, using: &random)
        let after = Int64.random(in: max(-before, -5)...20, using: &random)
        let grace = Int64.random(in: 0...15, using: &random)
        var oracle = Oracle(kind, before: before, after: after, grace: grace)
        let join = try StreamJoinFixture(
            kind, before: before, after: after, grace: grace,
            TestDriverConfiguration(emptiesStoreMemory: seed.isMultiple(of: 2)))
        var time: Int64 = 0
        for index in 0..<150 {
            time += Int64.random(in: 0...(index == 70 ? 200 : 4), using: &random)
            let delay = Int64.random(in: 0...(Int.random(in: 0..<4, using: &random) == 0 ? 60 : 5), using: &random)
            let isLeft = Bool.random(using: &random)
            let record = Oracle.Record(
                isLeft: isLeft, key: ["a", "b", "c"].randomElement(using: &random) ?? "a",
                value: "\(isLeft ? "L" : "R")\(index)", time: max(0, time - delay))
            let hasValue = Int.random(in: 0..<15, using: &random) > 0
            try (isLeft ? join.left : join.right).send(
                record.key, hasValue ? record.value : nil, at: Timestamp(record.time))
            if Int.random(in: 0..<30, using: &random) == 0 { try join.driver.crash() }
            let expected = oracle.lines(record, hasValue: hasValue)
            #expect(try join.lines() == expected, "seed \(seed), record \(index), \(before)/\(after)/\(grace)")
        }
        #expect(join.driver.droppedRecords[.late] ?? 0 == oracle.lateCount, "seed \(seed)")
    }
}

/// The rules of the join as they read: nothing expires but by them.
private struct Oracle {
    struct Record {
        var isLeft: Bool
        var key: String
        var value: String
        var time: Int64
        /// Met somebody, or came out alone.
        var isDone = false
        var isAlone = false
    }

    let kind: StreamJoinFixture.Kind
    let before: Int64
    let after: Int64
    let grace: Int64
    private var records: [Record] = []
    private var streamTime: Int64 = -1
    private(set) var lateCount = 0

    init(_ kind: StreamJoinFixture.Kind, before: Int64, after: Int64, grace: Int64) {
        self.kind = kind
        self.before = before
        self.after = after
        self.grace = grace
    }

    private func keeps(isLeft: Bool) -> Bool { kind == .outer || kind == .left && isLeft }
    private func reach(_ record: Record) -> Int64 { record.isLeft ? after : before }
    private func isClosed(_ record: Record) -> Bool { record.time + reach(record) + grace < streamTime }

    private func meet(_ one: Record, _ other: Record) -> Bool {
        let (left, right) = one.isLeft ? (one, other) : (other, one)
        return one.isLeft != other.isLeft && one.key == other.key && left.time - before <= right.time
            && right.time <= left.time + after
    }

    /// The store of a side shows what is not older than this.
    private func firstKept(isLeft: Bool) -> Int64 {
        let newest = records.filter { $0.isLeft == isLeft }.map(\.time).max() ?? -1
        return newest - (max(0, before) + max(0, after) + grace)
    }

    mutating func lines(_ record: Record, hasValue: Bool) -> [String] {
        streamTime = max(streamTime, record.time)
        var lines = closed()
        guard hasValue else { return lines }
        let keeps = keeps(isLeft: record.isLeft)
        if keeps && record.time + max(0, reach(record)) + grace < streamTime {
            lateCount += 1
            return lines
        }
        let first = firstKept(isLeft: !record.isLeft)
        let partners = records.indices.filter {
            meet(record, records[$0]) && !records[$0].isAlone && records[$0].time >= first
        }.sorted { (records[$0].time, $0) < (records[$1].time, $1) }
        for index in partners {
            // All records of its key and time share its fate.
            for other in records.indices
            where records[other].key == record.key && records[other].time == records[index].time
                && records[other].isLeft != record.isLeft
            {
                records[other].isDone = true
            }
            let partner = records[index]
            let pair = record.isLeft ? "\(record.value)+\(partner.value)" : "\(partner.value)+\(record.value)"
            lines.append("\(pair)@\(max(record.time, partner.time))")
        }
        var record = record
        record.isDone = !partners.isEmpty || !keeps
        let isKept = record.time >= firstKept(isLeft: record.isLeft)
        if partners.isEmpty && !keeps && !isKept { lateCount += 1 }
        if partners.isEmpty && keeps && isClosed(record) {
            lines.append(alone(record))
        } else if isKept {
            records.append(record)
        }
        return lines
    }

    private func alone(_ record: Record) -> String {
        (record.isLeft ? "\(record.value)+-" : "-+\(record.value)") + "@\(record.time)"
    }

    private mutating func closed() -> [String] {
        let due = records.indices.filter { !records[$0].isDone && isClosed(records[$0]) }
            .sorted {
                let (one, other) = (records[$0], records[$1])
                return (one.time, one.isLeft ? 1 : 0, one.key, $0) < (other.time, other.isLeft ? 1 : 0, other.key, $1)
            }
        for index in due {
            records[index].isDone = true
            records[index].isAlone = true
        }
        return due.map { alone(records[$0]) }
    }
}
