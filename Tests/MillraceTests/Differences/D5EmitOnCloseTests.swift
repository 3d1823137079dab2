import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("D5: which windows are emitted when they close; A11: with whose headers", .serialized)
struct D5EmitOnCloseTests {
    /// 60 s windows with 10 s of grace, kept for 70 s: the case of SEMANTICS D5.
    private func outputs(
        _ semantics: Semantics, retention: Duration?, at seconds: [Int64]
    ) throws -> [Record<String, Int64>] {
        let fixture = try OperatorFixture(semantics: semantics) { _, stream in
            var counts = Materialized<Int64, Int64>(as: "counts", key: .int64, value: .int64).emitting(.onWindowClose)
            if let retention { counts = counts.retained(for: retention) }
            stream.groupByKey().windowed(by: .tumbling(size: .seconds(60), grace: .seconds(10))).count(counts)
                .toStream { key, _ in "\(key.key)@\(key.window.start.millisecondsSinceEpoch / 1_000)" }
                .to("out", Produced(key: .string, value: .int64))
        }
        for second in seconds {
            let headers = Headers([Header("second", "\(second)")])
            try fixture.input.send(7, Order("x"), at: Timestamp(second * 1_000), headers: headers)
        }
        return try fixture.driver.outputTopic("out", key: .string, value: .int64).readAll()
    }

    @Test("a jump of time over the retention")
    func jump() throws {
        #expect(try outputs(.millrace, retention: nil, at: [1, 61, 181]).map(\.key) == ["7@0", "7@60"])
        #expect(try outputs(.kafkaStreams, retention: nil, at: [1, 61, 181]).isEmpty)
        // A window that is just old enough is emitted by Kafka Streams' RocksDB store, too.
        let boundary: [Int64] = [1, 61, 130]
        #expect(try outputs(.millrace, retention: nil, at: boundary).map(\.key) == ["7@0", "7@60"])
        #expect(try outputs(.kafkaStreams, retention: nil, at: boundary).map(\.key) == ["7@60"])
        #expect(try outputs(.kafkaStreams, retention: .seconds(1_000), at: boundary).map(\.key) == ["7@0", "7@60"])
    }

    @Test("headers of the record whose timestamp the result has, or of the record that closes the window")
    func headers() throws {
        func headers(_ semantics: Semantics) throws -> [String?] {
            try outputs(semantics, retention: .seconds(1_000), at: [30, 50, 40, 181]).map { record in
                record.headers.last("second").map { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(try headers(.millrace) == ["50"])
        #expect(try headers(.kafkaStreams) == ["181"])
    }
}
