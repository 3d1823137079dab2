import Millrace
import MillraceCore
import MillraceSimulation

/// A table of a random topology: what it is, what its rows are in the end by a plain evaluation of the complete input,
/// and how it is described with the DSL. Pure.
indirect enum TablePlan: CustomStringConvertible {
    case source
    case count(StreamPlan)
    case sum(StreamPlan)
    case windowed(StreamPlan, size: Int64)
    case mapped(TablePlan, adding: Int64)
    case filtered(TablePlan, modulus: Int64)
    /// Sums by a new key. Groups with a sum of 0 are left out: whether one that has no rows any more is there depends
    /// on whether anybody was told of it in between (SEMANTICS C9, D1).
    case regrouped(TablePlan, modulus: Int64)
    /// With a store of its own: where both sides read one table, nothing else knows what was said before (SEMANTICS
    /// H5).
    case joined(TablePlan, TablePlan, JoinKind)
    /// Joined with the row that the value refers to, through two topics of its own.
    case referring(TablePlan, TablePlan, isLeft: Bool)

    enum JoinKind: CaseIterable { case inner, left, outer }

    static let topic = "t"

    static func random(_ random: inout SeededGenerator, depth: Int) -> TablePlan {
        if depth == 0 || random.once(in: 3) {
            let stream = StreamPlan.random(&random, depth: 2)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .source
            case 1: return .count(stream)
            case 2: return .sum(stream)
            default: return .windowed(stream, size: Int64.random(in: 10...100, using: &random))
            }
        }
        let inner = TablePlan.random(&random, depth: depth - 1)
        switch Int.random(in: 0..<6, using: &random) {
        case 5:
            let other = TablePlan.random(&random, depth: depth - 1)
            return .referring(inner, other, isLeft: Bool.random(using: &random))
        case 3, 4:
            let other = TablePlan.random(&random, depth: depth - 1)
            return .joined(inner, other, JoinKind.allCases[Int.random(in: 0..<3, using: &random)])
        case 0: return .mapped(inner, adding: Int64.random(in: 1...3, using: &random))
        case 1: return .filtered(inner, modulus: Int64.random(in: 2...3, using: &random))
        default: return .regrouped(inner, modulus: Int64.random(in: 2...5, using: &random))
        }
    }

    func rows(_ input: [Event]) -> [String: Int64] {
        switch self {
        case .source: input.filter { $0.topic == TablePlan.topic }.reduce(into: [:]) { $0[$1.key] = $1.value }
        case .count(let stream): stream.items(input).reduce(into: [:]) { $0[$1.key, default: 0] += 1 }
        case .sum(let stream): stream.items(input).reduce(into: [:]) { $0[$1.key, default: 0] += $1.value }
        case .windowed(let stream, let size):
            stream.items(input).reduce(into: [:]) { rows, item in
                let start = item.time / size * size
                rows[Window.name(item.key, start, start + size), default: 0] += 1
            }
        case .mapped(let inner, let addend): inner.rows(input).mapValues { $0 + addend }
        case .filtered(let inner, let modulus): inner.rows(input).filter { $0.value % modulus == 0 }
        case .regrouped(let inner, let modulus):
            inner.rows(input).values
                .reduce(into: [:]) { $0[StreamPlan.group($1, modulus), default: 0] += $1 }
                .filter { $0.value != 0 }
        case .joined(let left, let right, let kind): TablePlan.join(left.rows(input), right.rows(input), kind)
        case .referring(let left, let right, let isLeft):
            TablePlan.refer(left.rows(input), right.rows(input), isLeft: isLeft)
        }
    }

    private static func join(_ left: [String: Int64], _ right: [String: Int64], _ kind: JoinKind) -> [String: Int64] {
        var rows: [String: Int64] = [:]
        for key in Set(left.keys).union(right.keys) {
            switch kind {
            case .inner where left[key] == nil || right[key] == nil: continue
            case .left where left[key] == nil: continue
            default: rows[key] = value(left[key], right[key])
            }
        }
        return rows
    }

    private static func refer(
        _ left: [String: Int64], _ right: [String: Int64], isLeft: Bool
    ) -> [String: Int64] {
        left.compactMapValues { row in
            let other = reference(row).flatMap { right[$0] }
            return other == nil && !isLeft ? nil : value(row, other)
        }
    }

    private static func reference(_ row: Int64) -> String? {
        row % 4 == 0 ? nil : row % 3 == 0 ? StreamPlan.group(row, 3) : "k\(abs(row) % 6)"
    }

    private static func value(_ left: Int64?, _ right: Int64?) -> Int64 { (left ?? 70) * 3 + (right ?? 80) }

    func describe(_ builder: TablePlanBuilder) -> KTable<String, Int64> {
        let sums = Materialized<String, Int64>(key: .string, value: .int64)
        switch self {
        case .source: return builder.table()
        case .count(let stream): return builder.grouped(stream).count()
        case .sum(let stream): return builder.grouped(stream).aggregate(initial: 0, sums) { $2 + $1 }
        case .windowed(let stream, let size):
            return builder.grouped(stream)
                .windowed(by: .tumbling(size: .milliseconds(size), grace: .seconds(3_600))).count()
                .toStream().nullable.map { key, value in (key.map(Window.name), value) }.toTable(sums)
        case .mapped(let inner, let addend): return inner.describe(builder).mapValues { $0 + addend }
        case .filtered(let inner, let modulus): return inner.describe(builder).filter { $1 % modulus == 0 }
        case .regrouped(let inner, let modulus):
            return inner.describe(builder)
                .groupBy(Grouped(key: .string, value: .int64)) { (StreamPlan.group($1, modulus), $1) }
                .aggregate(initial: 0, sums, adder: { $2 + $1 }, subtractor: { $2 - $1 })
                .filter { $1 != 0 }
        case .joined(let left, let right, let kind):
            let (left, right) = (left.describe(builder), right.describe(builder))
            switch kind {
            case .inner: return left.join(right, sums) { TablePlan.value($0, $1) }
            case .left: return left.leftJoin(right, sums) { TablePlan.value($0, $1) }
            case .outer: return left.outerJoin(right, sums) { TablePlan.value($0, $1) }
            }
        case .referring(let left, let right, let isLeft):
            let (left, right) = (
                left.describe(builder).serialized(value: .int64), right.describe(builder).serialized(value: .int64)
            )
            let reference: @Sendable (String, Int64) -> String? = { _, row in TablePlan.reference(row) }
            if isLeft { return left.leftJoin(right, foreignKey: reference, sums) { TablePlan.value($0, $1) } }
            return left.join(right, foreignKey: reference, sums) { TablePlan.value($0, $1) }
        }
    }

    var description: String {
        switch self {
        case .source: "table"
        case .count(let stream): "count(\(stream))"
        case .sum(let stream): "sum(\(stream))"
        case .windowed(let stream, let size): "windows(\(stream), \(size))"
        case .mapped(let inner, let addend): "\(inner)+\(addend)"
        case .filtered(let inner, let modulus): "\(inner)%\(modulus)"
        case .regrouped(let inner, let modulus): "\(inner).sums(\(modulus))"
        case .joined(let left, let right, let kind): "\(kind)(\(left), \(right))"
        case .referring(let left, let right, let isLeft): "\(isLeft ? "left" : "inner")Reference(\(left), \(right))"
        }
    }
}

/// A builder whose table is made once: a topic has one table.
final class TablePlanBuilder {
    let builder = StreamsBuilder()
    private var made: KTable<String, Int64>?

    func table() -> KTable<String, Int64> {
        if let made { return made }
        let table = builder.numberTable(TablePlan.topic)
        made = table
        return table
    }

    func grouped(_ stream: StreamPlan) -> KGroupedStream<String, Int64> {
        stream.describe(builder).groupByKey(Grouped(key: .string, value: .int64))
    }
}
