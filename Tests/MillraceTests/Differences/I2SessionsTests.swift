import Millrace
import MillraceCore
import MillraceTesting
import Testing

@Suite("I2: which sessions a record finds; A11: headers of sessions; old values of sessions of one moment")
struct I2SessionsTests {
    private typealias Sessions = SessionWindowedKStream<Int64, Order>

    /// Sessions of a gap of 10.
    private func fixture(
        _ semantics: Semantics, grace: Int64, _ materialized: Materialized<Int64, Int64> = Materialized(as: "counts")
    ) throws -> OperatorFixture {
        try OperatorFixture(semantics: semantics) { _, stream in
            stream.groupByKey().windowed(by: .session(gap: .milliseconds(10), grace: .milliseconds(grace)))
                .count(materialized).toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        }
    }

    private func outputs(_ fixture: OperatorFixture) throws -> [Record<String, Int64>] {
        try fixture.driver.outputTopic("out", key: .string, value: .int64).readAll()
    }

    /// The rows at the end.
    private func table(
        _ semantics: Semantics, _ records: [(key: Int64, time: Int64)], grace: Int64 = 0,
        _ materialized: Materialized<Int64, Int64> = Materialized(as: "counts")
    ) throws -> [String: Int64] {
        let fixture = try fixture(semantics, grace: grace, materialized)
        for (key, time) in records { try fixture.input.send(key, Order("x"), at: Timestamp(time)) }
        return try fixture.driver.outputTopic("out", key: .string, value: .int64).readTable()
    }

    @Test("a record exactly the gap after a session joins it, whatever other keys have sent")
    func exactGap() throws {
        let alone: [(Int64, Int64)] = [(1, 100), (1, 110)]
        #expect(try table(.millrace, alone) == ["[1@100/110]": 2])
        #expect(try table(.kafkaStreams, alone) == ["[1@100/110]": 2])
        let besideOthers: [(Int64, Int64)] = [(1, 100), (2, 110), (1, 110)]
        #expect(try table(.millrace, besideOthers) == ["[1@100/110]": 2, "[2@110/110]": 1])
        #expect(try table(.kafkaStreams, besideOthers) == ["[1@100/100]": 1, "[1@110/110]": 1, "[2@110/110]": 1])
    }

    @Test("a late record that joins a session at its last open moment counts")
    func lastMoment() throws {
        let records: [(Int64, Int64)] = [(1, 100), (2, 115), (1, 95)]
        #expect(try table(.millrace, records, grace: 5) == ["[1@95/100]": 2, "[2@115/115]": 1])
        #expect(try table(.kafkaStreams, records, grace: 5) == ["[1@100/100]": 1, "[2@115/115]": 1])
    }

    @Test("a closed session stays closed where the store is asked to keep it longer")
    func longRetention() throws {
        let counts = Materialized<Int64, Int64>(as: "counts").retained(for: .seconds(10))
        // Stream time is 111: what ended before 101 is closed.
        let records: [(Int64, Int64)] = [(1, 100), (2, 111), (1, 105)]
        #expect(
            try table(.millrace, records, grace: 0, counts) == ["[1@100/100]": 1, "[1@105/105]": 1, "[2@111/111]": 1])
        #expect(try table(.kafkaStreams, records, grace: 0, counts) == ["[1@100/105]": 2, "[2@111/111]": 1])

        // Emitted once, and by Kafka Streams again when it has grown.
        func finals(_ semantics: Semantics) throws -> [String?] {
            let fixture = try fixture(semantics, grace: 0, counts.emitting(.onWindowClose))
            for (key, time) in records + [(2, 1_000)] {
                try fixture.input.send(key, Order("x"), at: Timestamp(time))
            }
            return try outputs(fixture).map(\.key)
        }
        #expect(try finals(.millrace) == ["[1@100/100]", "[1@105/105]", "[2@111/111]"])
        #expect(try finals(.kafkaStreams) == ["[1@100/100]", "[1@100/105]", "[2@111/111]"])
    }

    @Test("updates have the headers of the record that made them, or none")
    func headers() throws {
        func headers(_ semantics: Semantics, _ emission: EmissionPolicy) throws -> [String?] {
            let fixture = try fixture(semantics, grace: 0, Materialized(as: "counts").emitting(emission))
            for (item, time) in [("a", 100), ("b", 110), ("c", 105), ("end", 500)] as [(String, Int64)] {
                let headers = Headers([Header("item", item)])
                try fixture.input.send(item == "end" ? 2 : 1, Order(item), at: Timestamp(time), headers: headers)
            }
            return try outputs(fixture).map { record in
                record.headers.last("item").map { String(decoding: $0, as: UTF8.self) }
            }
        }
        #expect(try headers(.millrace, .everyUpdate) == ["a", "b", "b", "c", "c", "end"])
        #expect(try headers(.kafkaStreams, .everyUpdate) == [nil, nil, nil, nil, nil, nil])
        // A final result: of the record at the session's end, or of the one that closes it.
        #expect(try headers(.millrace, .onWindowClose) == ["b"])
        #expect(try headers(.kafkaStreams, .onWindowClose) == ["end"])
    }

    @Test("a session of one moment that grows is taken out of its group first; Kafka Streams counts it twice")
    func oldValue() throws {
        func groups(_ semantics: Semantics) throws -> [Int64?] {
            let fixture = try OperatorFixture(semantics: semantics) { _, stream in
                stream.groupByKey().windowed(by: .session(gap: .milliseconds(10), grace: .zero)).count()
                    .groupBy(Grouped(key: .string, value: .int64)) { key, count in ("\(key.key)", count) }
                    .reduce(
                        Materialized(key: .string, value: .int64), adder: { $0 + $1 }, subtractor: { $0 - $1 }
                    )
                    .toStream().to("out", Produced(key: .string, value: .int64))
            }
            for _ in 0..<3 { try fixture.input.send(1, Order("x"), at: Timestamp(7)) }
            return try outputs(fixture).map(\.value)
        }
        #expect(try groups(.millrace).last == 3)
        // 1, and 2 more, and 3 more.
        #expect(try groups(.kafkaStreams).last == 6)
    }
}
