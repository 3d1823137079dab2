import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("H1: tombstones of table filters for rows that never passed")
struct H1FilterTombstoneTests {
    /// - Parameter describe: what comes before the sink.
    private func results(
        _ semantics: Semantics, _ describe: (KTable<Int64, Int64>) -> KTable<Int64, Int64>
    ) throws -> [Int64?] {
        let builder = StreamsBuilder()
        describe(builder.table("in", Consumed(key: .int64, value: .int64)))
            .toStream().to("out", Produced(key: .int64, value: .int64))
        let driver = try TopologyTestDriver(builder.build(), TestDriverConfiguration(semantics: semantics))
        let input = driver.inputTopic("in", key: .int64, value: .int64)
        for value: Int64? in [1, 2, 20, 3, nil] { try input.send(1, value) }
        return try driver.outputTopic("out", key: .int64, value: .int64).readAll().map(\.value)
    }

    @Test("a filter with a store knows its rows; kafkaStreams asks only the table before it")
    func stored() throws {
        func filter(_ table: KTable<Int64, Int64>) -> KTable<Int64, Int64> {
            table.filter(.as("large")) { _, value in value > 9 }
        }
        #expect(try results(.millrace, filter) == [20, nil])
        #expect(try results(.kafkaStreams, filter) == [nil, nil, 20, nil, nil])
    }

    @Test("a filter without a store knows the rows where the table before it gets a store for another reason")
    func storedLater() throws {
        func filter(_ table: KTable<Int64, Int64>) -> KTable<Int64, Int64> {
            let large = table.filter { _, value in value > 9 }
            // Only the join gives the source table its store.
            _ = table.join(table) { left, _ in left }
            return large
        }
        #expect(try results(.millrace, filter) == [20, nil])
        #expect(try results(.kafkaStreams, filter) == [nil, nil, 20, nil, nil])
    }

    @Test("where no table has a store nobody knows, and each row left out is deleted", arguments: [true, false])
    func unknown(isMillrace: Bool) throws {
        let values = try results(isMillrace ? .millrace : .kafkaStreams) { $0.filter { _, value in value > 9 } }
        #expect(values == [nil, nil, 20, nil, nil])
    }

    @Test("mapValues with a store does not delete rows that it never had")
    func mapValues() throws {
        func map(_ table: KTable<Int64, Int64>) -> KTable<Int64, Int64> {
            table.mapValues(Materialized(as: "large", value: .int64)) { value in value > 9 ? value : nil }
        }
        #expect(try results(.millrace, map) == [20, nil])
        #expect(try results(.kafkaStreams, map) == [nil, nil, 20, nil, nil])
    }
}
