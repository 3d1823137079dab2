import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Late records as a stream of their own")
struct LateRecordsTests {
    private func hopping(grace: Int64) -> TimeWindows {
        .hopping(size: .milliseconds(10), advance: .milliseconds(5), grace: .milliseconds(grace))
    }

    private func text(_ late: Late<Order>) -> String {
        let window = "\(late.window.start.millisecondsSinceEpoch)-\(late.window.end.millisecondsSinceEpoch)"
        return "\(late.value?.item ?? "nil") \(window) \(late.lateness.wholeMilliseconds)"
    }

    /// Whether `.late` is asked for before or after the aggregation is described.
    @Test("each window that a record is dropped from gives one record", arguments: [true, false])
    func hopping(isAskedFirst: Bool) throws {
        let fixture = try OperatorFixture { _, stream in
            let windowed = stream.groupByKey().windowed(by: hopping(grace: 2))
            func describeLate() {
                windowed.late.mapValues { text($0) }.to("late", Produced(key: .int64, value: .string))
            }
            if isAskedFirst { describeLate() }
            windowed.count().toStream { key, _ in key.key }.to("out", Produced(key: .int64, value: .int64))
            if !isAskedFirst { describeLate() }
        }
        let headers = Headers([Header("trace", "7")])
        try fixture.input.send(1, Order("a"), at: Timestamp(7))
        try fixture.input.send(1, Order("b"), at: Timestamp(18))
        try fixture.input.send(2, Order("c"), at: Timestamp(8), headers: headers)
        try fixture.input.send(2, nil, at: Timestamp(3))
        let late = try fixture.driver.outputTopic("late", key: .int64, value: .string).readAll()
        // At 18 the windows that end at 10 and 15 are over, 5 to 15 by one millisecond of grace.
        #expect(late.map(\.value) == ["c 0-10 8", "c 5-15 3", "nil 0-10 8"])
        #expect(late.map(\.key) == [2, 2, 2])
        #expect(late.map(\.timestamp) == [Timestamp(8), Timestamp(8), Timestamp(3)])
        #expect(late.map(\.headers) == [headers, headers, .empty])
        #expect(fixture.driver.droppedRecords == [.late: 3])
        #expect(try fixture.numbers().count == 4)
    }

    @Test("aggregations of one windowed stream share it; another windowed stream has its own")
    func several() throws {
        let fixture = try OperatorFixture { _, stream in
            let grouped = stream.groupByKey()
            let wide = grouped.windowed(by: .tumbling(size: .milliseconds(100), grace: .zero))
            let narrow = grouped.windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
            _ = wide.count()
            _ = narrow.count()
            _ = narrow.reduce { first, _ in first }
            narrow.late.mapValues { text($0) }.to("late", Produced(key: .int64, value: .string))
            wide.late.mapValues { text($0) }.to("wide", Produced(key: .int64, value: .string))
        }
        try fixture.input.send(1, Order("a"), at: Timestamp(25))
        try fixture.input.send(1, Order("b"), at: Timestamp(9))
        let late = try fixture.driver.outputTopic("late", key: .int64, value: .string).readAll()
        #expect(late.map(\.value) == ["b 0-10 15", "b 0-10 15"])
        #expect(try fixture.driver.outputTopic("wide", key: .int64, value: .string).readAll().isEmpty)
    }

    @Test("a late stream hangs on the aggregation, in its sub-topology")
    func description() throws {
        let builder = StreamsBuilder()
        let windowed = builder.stream("in", Consumed(key: .string, value: .string))
            .groupBy(Grouped(key: .string, value: .string)) { _, value in value }
            .windowed(by: .tumbling(size: .seconds(1), grace: .zero))
        let late = windowed.late
        windowed.count(.as("counts")).toStream().to("out")
        late.mapValues { $0.value ?? "" }.to("late", Produced(key: .string, value: .string))
        let topology = try builder.build()
        #expect(topology.subtopologies.count == 2)
        #expect(
            topology.description.contains(
                """
                    Processor: KSTREAM-LATE-0000000002 (stores: [])
                      --> KSTREAM-MAPVALUES-0000000009
                      <-- KSTREAM-AGGREGATE-0000000003
                """), "\(topology.description)")
    }

    @Test("a late stream of windows that nothing is aggregated from is refused")
    func withoutAggregation() throws {
        let builder = StreamsBuilder()
        let windowed = builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
            .windowed(by: .tumbling(size: .seconds(1), grace: .zero))
        windowed.late.mapValues { $0.value ?? "" }.to("late", Produced(key: .string, value: .string))
        #expect {
            try builder.build()
        } throws: { error in
            guard case .invalidArgument(let node, _)? = error as? TopologyError else { return false }
            return node == "KSTREAM-LATE-0000000001"
        }
    }
}
