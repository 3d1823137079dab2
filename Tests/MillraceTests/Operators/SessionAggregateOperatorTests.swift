import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Aggregates over sessions")
struct SessionAggregateOperatorTests {
    private static let joined: @Sendable (Order, Order) -> Order? = { left, right in
        Order(left.item + right.item, left.amount + right.amount)
    }

    /// Sessions of a gap of 10, joined texts.
    private func fixture(
        _ emission: EmissionPolicy? = nil, grace: Int64 = 5, reaction: ErrorReaction = .fail,
        _ reducer: @escaping @Sendable (Order, Order) throws -> Order? = joined
    ) throws -> OperatorFixture {
        try OperatorFixture(reaction: reaction, emptiesStoreMemory: true) { _, stream in
            var orders = Materialized<Int64, Order>(as: "orders", key: .int64, value: .json(Order.self))
            if let emission { orders = orders.emitting(emission) }
            let sessions = stream.groupByKey()
                .windowed(by: .session(gap: .milliseconds(10), grace: .milliseconds(grace)))
            sessions.reduce(orders, name: "sessions", reducer).mapValues { $0.item }
                .toStream().to("out", Produced(key: .sessionWindowed(IntegerSerde<Int64>()), value: .string))
            sessions.late.mapValues { late in
                let window = "\(late.window.start.millisecondsSinceEpoch)/\(late.window.end.millisecondsSinceEpoch)"
                return "\(late.value?.item ?? "nil") \(window) \(late.lateness.wholeMilliseconds)"
            }.to("late", Produced(key: .int64, value: .string))
        }
    }

    private func lines(_ fixture: OperatorFixture) throws -> [String] {
        try fixture.driver.outputTopic("out", key: SessionWindowedSerde(IntegerSerde<Int64>()), value: .string)
            .readAll().map { record in
                let trace = record.headers.last("trace").map { " " + String(decoding: $0, as: UTF8.self) } ?? ""
                return "\(record.key.map { "\($0)" } ?? "nil") \(record.value ?? "nil") "
                    + "@\(record.timestamp.millisecondsSinceEpoch)\(trace)"
            }
    }

    private func send(_ fixture: OperatorFixture, _ records: [(key: Int64?, item: String?, time: Int64)]) throws {
        for (key, item, time) in records {
            try fixture.input.send(
                key, item.map { Order($0) }, at: Timestamp(time), headers: Headers([Header("trace", item ?? "-")]))
        }
    }

    @Test("a record extends a session up to the gap, and a new one begins beyond it; old rows are taken away first")
    func extending() throws {
        let fixture = try fixture()
        try send(fixture, [(1, "a", 100), (1, "b", 110), (1, "c", 105), (1, "d", 121), (1, "e", 121)])
        #expect(
            try lines(fixture) == [
                "[1@100/100] a @100 a", "[1@100/100] nil @100 b", "[1@100/110] ab @110 b",
                "[1@100/110] nil @110 c", "[1@100/110] abc @110 c", "[1@121/121] d @121 d", "[1@121/121] de @121 e",
            ])
    }

    @Test("a record between sessions merges them, oldest first; others stay", arguments: [false, true])
    func merging(isCoalesced: Bool) throws {
        let fixture = try fixture(isCoalesced ? .coalesced : .everyUpdate, grace: 1_000)
        try send(fixture, [(1, "a", 100), (1, "b", 120), (1, "c", 140), (2, "x", 110)])
        _ = try lines(fixture)
        try send(fixture, [(1, "d", 110)])
        var expected = ["[1@100/100] nil @100", "[1@120/120] nil @120", "[1@100/120] abd @120"]
        if !isCoalesced { expected = expected.map { $0 + " d" } }
        #expect(try lines(fixture) == expected)
        let store = try fixture.driver.store("orders", SessionStore<Int64, Order>.self)
        #expect(try store.rows(in: 1).map(\.row) == [.init(start: 100, end: 120), .init(start: 140, end: 140)])
    }

    @Test("a late record is dropped unless it joins an open session, and comes out at the side")
    func late() throws {
        let fixture = try fixture(grace: 0)
        try send(fixture, [(1, "a", 100), (1, "b", 110), (2, "x", 120)])
        _ = try lines(fixture)
        // Stream time is 120: what ended before 110 is closed. The second joins the session until 110.
        try send(fixture, [(2, "y", 109), (1, "c", 95), (1, "d", 84)])
        #expect(try lines(fixture) == ["[1@100/110] nil @110 c", "[1@95/110] abc @110 c"])
        let late = try fixture.driver.outputTopic("late", key: .int64, value: .string).readAll()
        #expect(late.map(\.value) == ["y 109/109 1", "d 84/84 26"])
        #expect(late.map(\.key) == [2, 1])
        #expect(fixture.driver.droppedRecords == [.late: 2])
    }

    @Test("null keys are dropped; null values fail plain closures, and nullable ones see them (B)")
    func nulls() throws {
        let plain = try fixture()
        try send(plain, [(nil, "a", 1), (1, "a", 1)])
        #expect(plain.driver.droppedRecords == [.nullKey: 1])
        let stop = stopping { try plain.input.send(1, nil, at: Timestamp(2)) }
        #expect(stop?.node == "sessions")
        #expect(stop?.error as? UnexpectedNull == UnexpectedNull(.value))

        let nullable = try OperatorFixture { _, stream in
            stream.groupByKey().windowed(by: .session(gap: .milliseconds(10), grace: .zero))
                .nullableAggregate(
                    initial: { nil }, Materialized<Int64, Int64>(value: .int64),
                    merger: { _, left, right in (left ?? 0) + right }
                ) { _, order, sum in order.map { (sum ?? 0) + $0.amount } }
                .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        }
        for (order, time) in [(Order("x", 4), 1), (Order("x", 3), 5), (nil, 6), (Order("x", 9), 7)] {
            try nullable.input.send(1, order, at: Timestamp(Int64(time)))
        }
        let out = try nullable.driver.outputTopic("out", key: .string, value: .int64).readAll()
        // Nil takes the session away; the next record begins anew (C8).
        #expect(
            out.map { "\($0.key ?? "") \($0.value.map { "\($0)" } ?? "nil")" } == [
                "[1@1/1] 4", "[1@1/1] nil", "[1@1/5] 7", "[1@1/5] nil", "[1@1/6] nil", "[1@7/7] 9",
            ])
    }

    @Test("what the aggregator throws leaves the sessions as they were")
    func throwing() throws {
        let fixture = try fixture(reaction: .skip) { left, right in
            if right.item == "no" { throw Refused() }
            return SessionAggregateOperatorTests.joined(left, right)
        }
        try send(fixture, [(1, "a", 1), (1, "no", 5), (1, "b", 9)])
        #expect(try lines(fixture) == ["[1@1/1] a @1 a", "[1@1/1] nil @1 b", "[1@1/9] ab @9 b"])
        #expect(fixture.driver.droppedRecords == [.processingError: 1])
    }

    @Test("on closing, each session once, by end, then by start, with the headers of its last moment")
    func closing() throws {
        let fixture = try fixture(.onWindowClose, grace: 5)
        try send(fixture, [(1, "a", 100), (2, "b", 103), (1, "c", 105), (1, "d", 102), (3, "e", 118)])
        #expect(try lines(fixture) == [])
        // 103 + 10 + 5 is not over yet, and the first record joins what is open.
        try send(fixture, [(1, "f", 105), (3, "g", 121)])
        #expect(try lines(fixture) == ["[2@103/103] b @103 b", "[1@100/105] acdf @105 f"])
        try send(fixture, [(1, "late", 104), (9, "end", 5_000), (9, "end", 10_000)])
        #expect(try lines(fixture) == ["[3@118/121] eg @121 g", "[9@5000/5000] end @5000 end"])
        #expect(fixture.driver.droppedRecords == [.late: 1])
    }

    @Test("timestamps at the end of time")
    func endOfTime() throws {
        for emission in [EmissionPolicy.everyUpdate, .onWindowClose] {
            let fixture = try fixture(emission, grace: .max)
            try send(fixture, [(1, "a", 0), (1, "b", .max - 5), (1, "c", .max), (2, "d", 3)])
            let store = try fixture.driver.store("orders", SessionStore<Int64, Order>.self)
            #expect(try store.rows(in: 1).last?.row == SessionRow(start: .max - 5, end: .max))
        }
    }

    @Test(
        "durations that make no sessions are refused",
        arguments: [(0, 1, 100), (-5, 1, 100), (5, -1, 100), (5, 10, 14)] as [(Int64, Int64, Int64)])
    func refused(gap: Int64, grace: Int64, retention: Int64) {
        let builder = StreamsBuilder()
        let counts = Materialized<String, Int64>(as: "counts").retained(for: .milliseconds(retention))
        _ = builder.stream("in", Consumed(key: .string, value: .string)).groupByKey()
            .windowed(by: .session(gap: .milliseconds(gap), grace: .milliseconds(grace))).count(
                counts, name: "sessions")
        #expect {
            try builder.build()
        } throws: { error in
            guard case .invalidArgument("sessions", _)? = error as? TopologyError else { return false }
            return true
        }
    }

    @Test("session keys have Kafka's layout, and lie where their inner keys do")
    func keys() throws {
        let serde = SessionWindowedSerde(IntegerSerde<Int32>())
        var writer = ByteWriter()
        let window = Window(start: Timestamp(1), end: Timestamp(2))
        try serde.serialize(Windowed(key: 7, window: window), into: &writer)
        #expect(writer.copyBytes() == [0, 0, 0, 7] + [0, 0, 0, 0, 0, 0, 0, 2] + [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(try serde.deserialize(writer.bytes) == Windowed(key: 7, window: window))
        #expect(throws: SerdeError.self) { try serde.deserialize([UInt8](repeating: 0, count: 15).span.bytes) }
        #expect(serde.partitionSuffixByteCount == 16)
    }
}
