import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Windows that are emitted when they close")
struct ClosingWindowsTests {
    private typealias Windows = TimeWindowedKStream<Int64, Order>

    private func fixture(
        _ windows: TimeWindows, semantics: Semantics = .millrace, retention: Duration? = nil,
        emptiesStoreMemory: Bool = false
    ) throws -> OperatorFixture {
        try OperatorFixture(semantics: semantics, emptiesStoreMemory: emptiesStoreMemory) { _, stream in
            var sum = Materialized<Int64, Int64>(as: "sums", key: .int64, value: .int64).emitting(.onWindowClose)
            if let retention { sum = sum.retained(for: retention) }
            stream.groupByKey().windowed(by: windows)
                .nullableAggregate(initial: { 0 }, sum) { _, order, sum in order.map { (sum ?? 0) + $0.amount } }
                .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        }
    }

    private func lines(_ fixture: OperatorFixture) throws -> [String] {
        try fixture.driver.outputTopic("out", key: .string, value: .int64).readAll().map { record in
            "\(record.key ?? "nil") \(record.value.map { "\($0)" } ?? "nil") @\(record.timestamp)"
        }
    }

    @Test("once each, by start, then by the keys' bytes, with the largest timestamp of their records")
    func order() throws {
        let windows = TimeWindows.hopping(
            size: .milliseconds(10), advance: .milliseconds(5), grace: .milliseconds(3))
        let fixture = try fixture(windows, emptiesStoreMemory: true)
        for (key, time) in [(2, 7), (-1, 8), (2, 1), (1, 12)] as [(Int64, Int64)] {
            try fixture.input.send(key, Order("x"), at: Timestamp(time))
        }
        #expect(try lines(fixture) == [])
        try fixture.input.send(3, Order("x"), at: Timestamp(13))
        // The bytes of negative numbers come last.
        #expect(try lines(fixture) == ["[2@0/10] 2 @7 ms", "[-1@0/10] 1 @8 ms"])
        // Late for the closed window, not for the next.
        try fixture.input.send(2, Order("x", 10), at: Timestamp(9))
        #expect(try lines(fixture) == [])
        try fixture.input.send(3, Order("x"), at: Timestamp(1_000))
        #expect(
            try lines(fixture) == [
                "[1@5/15] 1 @12 ms", "[2@5/15] 11 @9 ms", "[3@5/15] 1 @13 ms", "[-1@5/15] 1 @8 ms",
                "[1@10/20] 1 @12 ms", "[3@10/20] 1 @13 ms",
            ])
        #expect(fixture.driver.droppedRecords == [.late: 1])
    }

    @Test("a row that was deleted is not emitted, one that came back is")
    func deletion() throws {
        let fixture = try fixture(.tumbling(size: .milliseconds(10), grace: .zero))
        try fixture.input.send(1, Order("x"), at: Timestamp(1))
        try fixture.input.send(1, nil, at: Timestamp(2))
        try fixture.input.send(2, Order("x", 3), at: Timestamp(3))
        try fixture.input.send(2, nil, at: Timestamp(4))
        try fixture.input.send(2, Order("x", 5), at: Timestamp(3))
        try fixture.input.send(9, Order("x"), at: Timestamp(10))
        #expect(try lines(fixture) == ["[2@0/10] 5 @3 ms"])
    }

    @Test("closed windows leave memory; longer retention keeps them for queries")
    func memory() throws {
        func overlayBytes(_ retention: Duration?) throws -> (bytes: Int, rows: Int) {
            let fixture = try fixture(.tumbling(size: .milliseconds(10), grace: .zero), retention: retention)
            for time in 0..<2_000 as Range<Int64> {
                try fixture.input.send(time % 50, Order("x"), at: Timestamp(time * 5))
            }
            let store = try fixture.driver.store("sums", WindowStore<Int64, Int64>.self)
            return (store.overlayByteCount, try store.all().count)
        }
        let short = try overlayBytes(nil)
        #expect(short.rows == 2)
        #expect(short.bytes < 100_000)
        #expect(try overlayBytes(.seconds(100)).rows == 2_000)
    }

    @Test("refused for tables without windows, and for windows that never close")
    func refused() throws {
        func mistake(_ describe: (KStream<String, String>) -> Void) -> String? {
            let builder = StreamsBuilder()
            describe(builder.stream("in", Consumed(key: .string, value: .string)))
            do {
                _ = try builder.build()
                return nil
            } catch {
                return "\(error)"
            }
        }
        let counts = Materialized<String, Int64>(as: "counts", key: .string, value: .int64).emitting(.onWindowClose)
        #expect(
            mistake { _ = $0.groupByKey().count(counts) }?.contains("node counts: emission is .onWindowClose") == true)
        #expect(mistake { _ = $0.groupByKey().windowed(by: .unlimited()).count(counts, name: "all") } != nil)
        let texts = Materialized<String, String>().emitting(.onWindowClose)
        #expect(mistake { _ = $0.toTable().mapValues(texts) { $0 } } != nil)
        let windows = TimeWindows.tumbling(size: .seconds(1), grace: .zero)
        #expect(mistake { _ = $0.groupByKey().windowed(by: windows).count(counts) } == nil)
    }

    @Test("refused as the policy of a whole application")
    func refusedAsDefault() throws {
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).to("out")
        let topology = try builder.build()
        #expect(throws: StreamsError.self) {
            try TopologyTestDriver(topology, TestDriverConfiguration(emission: .onWindowClose))
        }
    }
}
