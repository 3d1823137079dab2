import Millrace
import MillraceCore
import MillraceSimulation
import MillraceTesting
import Testing

/// Results of closed windows do not depend on when the task commits, where it crashes, or how its stores are kept.
@Suite("Windows that are emitted when they close, over crashes")
struct ClosingPropertyTests {
    enum Kind: CaseIterable { case hopping, month, sliding }

    private static let key = AnySerde<Int64>(.int64)

    private func topology(_ kind: Kind) throws -> Topology {
        let builder = StreamsBuilder()
        let grouped = builder.stream("in", OperatorFixture.orders).groupByKey()
        let sums = Materialized<Int64, Int64>(as: "sums", key: .int64, value: .int64).emitting(.onWindowClose)
        let day = Duration.seconds(86_400)
        let table: KTable<Windowed<Int64>, Int64>
        let late: KStream<Int64, Late<Order>>
        switch kind {
        case .hopping, .month:
            let windows: TimeWindows =
                kind == .month
                ? .calendar(.month, in: .utc, grace: .zero) : .hopping(size: day * 9, advance: day * 4, grace: day)
            let windowed = grouped.windowed(by: windows)
            table = windowed.aggregate(initial: 0, sums) { _, order, sum in sum + order.amount }
            late = windowed.late
        case .sliding:
            let windowed = grouped.windowed(by: .sliding(difference: day * 9, grace: day * 3))
            table = windowed.aggregate(initial: 0, sums) { _, order, sum in sum + order.amount }
            late = windowed.late
        }
        table.toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        late.mapValues { "\($0.window) \($0.lateness)" }.to("late", Produced(key: .int64, value: .string))
        return try builder.build()
    }

    private struct Results: Equatable {
        var closed: [String] = []
        var late: [String] = []
    }

    /// Days advance by about half a day a record, with jumps back and, seldom, far ahead.
    private func records(seed: UInt64) -> [(key: Int64, amount: Int64, time: Timestamp)] {
        var random = SeededGenerator(seed: seed)
        var day: Int64 = 0
        return (0..<150).map { _ in
            day += Int64.random(in: 0...40, using: &random) == 0 ? 200 : Int64.random(in: 0...1, using: &random)
            let back = Int64.random(in: 0...6, using: &random)
            let time = max(0, (day - back) * 86_400_000 + Int64.random(in: 0..<86_400_000, using: &random))
            return (
                Int64.random(in: -2...2, using: &random), Int64.random(in: 1...1_000, using: &random), Timestamp(time)
            )
        }
    }

    private func run(_ kind: Kind, seed: UInt64, crashing: Bool) throws -> Results {
        var random = SeededGenerator(seed: seed &+ 1_000)
        var configuration = TestDriverConfiguration(emptiesStoreMemory: crashing && seed % 2 == 0)
        if crashing { configuration.commits = .byHand }
        let driver = try TopologyTestDriver(topology(kind), configuration)
        let input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
        for record in records(seed: seed) {
            try input.send(record.key, Order("x", record.amount), at: record.time)
            guard crashing else { continue }
            switch Int.random(in: 0...9, using: &random) {
            case 0: try driver.crash()
            case 1...3: try driver.commit()
            default: break
            }
        }
        if crashing { try driver.commit() }
        return Results(
            closed: try driver.outputTopic("out", key: .string, value: .int64).readAll().map {
                "\($0.key ?? "nil") \($0.value ?? -1) \($0.timestamp)"
            },
            late: try driver.outputTopic("late", key: .int64, value: .string).readAll().map {
                "\($0.key ?? 0) \($0.value ?? "") \($0.timestamp)"
            })
    }

    @Test("the same results in the same order", arguments: Kind.allCases, 0..<8 as Range<UInt64>)
    func crashes(kind: Kind, seed: UInt64) throws {
        let expected = try run(kind, seed: seed, crashing: false)
        let found = try run(kind, seed: seed, crashing: true)
        #expect(found == expected, "\(kind), seed \(seed)")
        #expect(
            !expected.closed.isEmpty && (kind == .month || !expected.late.isEmpty),
            "\(kind), seed \(seed): nothing is tested")
        let windows = expected.closed.map { $0.prefix { $0 != "]" } }
        #expect(Set(windows).count == windows.count, "\(kind), seed \(seed): a window was emitted twice")
    }
}
