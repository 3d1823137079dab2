import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Suppressed tables")
struct SuppressOperatorTests {
    private static let windowedKey = TimeWindowedSerde(AnySerde(IntegerSerde<Int64>()), size: .milliseconds(10))

    /// Counts of windows of ten milliseconds with a grace of five, suppressed.
    private func counts(
        _ suppressed: Suppressed<Windowed<Int64>>, emission: EmissionPolicy = .everyUpdate,
        commits: TestCommits = .everyRecord
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        builder.stream("in", OperatorFixture.orders).groupByKey()
            .windowed(by: .tumbling(size: .milliseconds(10), grace: .milliseconds(5))).count()
            .suppress(suppressed).toStream().to("out")
        return try TopologyTestDriver(
            builder.build(),
            TestDriverConfiguration(emission: emission, emptiesStoreMemory: true, commits: commits))
    }

    private func send(_ driver: TopologyTestDriver, _ records: (key: Int64, time: Int64)...) throws {
        let input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
        for (key, time) in records { try input.send(key, Order("x"), at: Timestamp(time)) }
    }

    private func lines(_ driver: TopologyTestDriver) throws -> [String] {
        try driver.outputTopic("out", key: Self.windowedKey, value: .int64).readAll().map { record in
            "\(record.key.map { "\($0)" } ?? "nil") \(record.value.map { "\($0)" } ?? "nil") "
                + "@\(record.timestamp.millisecondsSinceEpoch)"
        }
    }

    @Test("one final result a window, when its end and grace are over, by window and key")
    func windowCloses() throws {
        let driver = try counts(.untilWindowCloses())
        try send(driver, (2, 1), (1, 5), (1, 12), (1, 9), (1, 14))
        #expect(try lines(driver) == [])
        try send(driver, (7, 15))
        #expect(try lines(driver) == ["[1@0/10] 2 @9", "[2@0/10] 1 @1"])
        try send(driver, (7, 40), (7, 3))
        #expect(try lines(driver) == ["[1@10/20] 2 @14", "[7@10/20] 1 @15"])
        #expect(driver.droppedRecords == [.late: 1])
    }

    @Test("what is held survives a crash, and so does the time", arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func crash(emission: EmissionPolicy) throws {
        let driver = try counts(.untilWindowCloses(), emission: emission)
        try send(driver, (1, 1), (2, 5), (1, 14))
        try driver.crash()
        // Still open: the time before the crash was 14.
        try send(driver, (2, 8))
        #expect(try lines(driver) == [])
        try driver.crash()
        try send(driver, (3, 15))
        #expect(try lines(driver) == ["[1@0/10] 1 @1", "[2@0/10] 2 @8"])
        try driver.crash()
        // Told once: the window does not open again.
        try send(driver, (1, 2), (3, 25))
        #expect(try lines(driver) == ["[1@10/20] 1 @14", "[3@10/20] 1 @15"])
    }

    @Test("what is held and not committed is gone after a crash, and held again when its records come again")
    func uncommitted() throws {
        let driver = try counts(.untilWindowCloses(), commits: .byHand)
        try send(driver, (1, 1), (1, 2))
        try driver.commit()
        try send(driver, (1, 3), (2, 4))
        try driver.crash()
        try driver.processAll()
        try send(driver, (3, 20))
        try driver.commit()
        #expect(try lines(driver) == ["[1@0/10] 3 @3", "[2@0/10] 1 @4"])
    }

    @Test("a commit's changes may close a window only after all of them have come")
    func gathered() throws {
        let driver = try counts(.untilWindowCloses(), emission: .coalesced, commits: .byHand)
        try send(driver, (1, 1), (2, 12))
        try driver.commit()
        // Window [0, 10) takes the second record, for time is 14 then. Of the commit's changes key 2's is first.
        try send(driver, (2, 14), (1, 8), (2, 19))
        try driver.commit()
        #expect(try lines(driver) == ["[1@0/10] 2 @8"])
    }

    @Test("where the time of an idle task moves on, final results leave without a record (D7)")
    func idle() throws {
        let builder = StreamsBuilder()
        builder.stream("in", OperatorFixture.orders).groupByKey()
            .windowed(by: .tumbling(size: .milliseconds(10), grace: .milliseconds(5)))
            .count(Materialized<Int64, Int64>().emitting(.coalesced))
            .suppress(.untilWindowCloses()).toStream().to("out")
        let driver = try TopologyTestDriver(
            builder.build(), TestDriverConfiguration(idlePolicy: .advance(every: .milliseconds(10))))
        try send(driver, (1, 1), (2, 2))
        try driver.advanceWallClock(by: .milliseconds(10))
        #expect(try lines(driver) == [], "time is 12")
        try driver.advanceWallClock(by: .milliseconds(10))
        #expect(try lines(driver) == ["[1@0/10] 1 @1", "[2@0/10] 1 @2"])
    }

    @Test("a full buffer that may not let final results go stops the application and says what to do")
    func shutDown() throws {
        let driver = try counts(.untilWindowCloses(.maxRecords(2).shutDownWhenFull))
        try send(driver, (1, 1), (2, 2), (1, 3))
        let stop = stopping { try send(driver, (3, 3)) }
        let error = try #require(stop?.error as? BufferFullError)
        #expect(error.node == "KTABLE-SUPPRESS-0000000003" && error.records == 3)
        #expect("\(error)".contains("raise the bounds"))
        #expect(try lines(driver) == [])
    }

    @Test("bounds in bytes count keys and values, and what leaves gives its bytes back")
    func bytes() throws {
        // A key takes 16 bytes, a row with a count of eight 10 + 12 of them, and 12 more once it has been told.
        let driver = try counts(.untilTimeLimit(.seconds(1), .maxBytes(2 * 38)))
        try send(driver, (1, 1), (2, 2), (1, 3), (2, 4))
        #expect(try lines(driver) == [])
        try send(driver, (3, 5))
        #expect(try lines(driver) == ["[1@0/10] 2 @3"])
        try driver.crash()
        try send(driver, (4, 6), (5, 7))
        #expect(try lines(driver) == ["[2@0/10] 2 @4", "[3@0/10] 1 @5"])
    }

    @Test("a time limit counts from the first update; the latest is told, deletions too (D3)")
    func timeLimit() throws {
        let builder = StreamsBuilder()
        builder.table("in", OperatorFixture.orders)
            .suppress(.untilTimeLimit(.milliseconds(10), .maxRecords(2)), name: "held").toStream().to("out")
        let topology = try builder.build()
        #expect(topology.stores["held-store"]?.isChangelogEnabled == true)
        let driver = try TopologyTestDriver(topology)
        let input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
        let output = driver.outputTopic("out", key: .int64, value: .json(Order.self))
        let headers = Headers([Header("from", "second")])
        try input.send(1, Order("a"), at: Timestamp(0))
        try input.send(1, Order("b"), at: Timestamp(5), headers: headers)
        try input.send(2, Order("c"), at: Timestamp(6))
        try input.send(2, nil, at: Timestamp(7))
        #expect(try output.readAll().isEmpty)
        try input.send(3, Order("d"), at: Timestamp(10))
        #expect(
            try output.readAll() == [Record(key: 1, value: Order("b"), timestamp: Timestamp(5), headers: headers)])
        // A row that nobody was told of is not taken back, one that was told is.
        try input.send(1, nil, at: Timestamp(12))
        #expect(try output.readAll().isEmpty)
        try input.send(4, Order("e"), at: Timestamp(22))
        #expect(
            try output.readAll() == [
                Record(key: 3, value: Order("d"), timestamp: Timestamp(10)),
                Record(key: 1, value: nil, timestamp: Timestamp(12)),
            ])
    }

    @Test("a join with a suppressed table sees of a held row what was told last")
    func joined() throws {
        let builder = StreamsBuilder()
        let table = builder.table("rows", Consumed(key: .int64, value: .string))
            .suppress(.untilTimeLimit(.milliseconds(10)))
        builder.stream("in", Consumed(key: .int64, value: .string))
            .leftJoin(table) { value, row in "\(value) \(row ?? "none")" }
            .to("out", Produced(key: .int64, value: .string))
        let driver = try TopologyTestDriver(try builder.build())
        let rows = driver.inputTopic("rows", key: .int64, value: .string)
        let input = driver.inputTopic("in", key: .int64, value: .string)
        let output = driver.outputTopic("out", key: .int64, value: .string)
        try rows.send(1, "a", at: Timestamp(0))
        try input.send(1, "held", at: Timestamp(0))
        try rows.send(2, "z", at: Timestamp(20))
        try input.send(1, "told", at: Timestamp(0))
        try rows.send(1, "b", at: Timestamp(21))
        try input.send(1, "held again", at: Timestamp(0))
        #expect(try output.readAll().map(\.value) == ["held none", "told a", "held again a"])
    }

    @Test("mistakes are refused by build()")
    func mistakes() throws {
        func message(_ describe: (StreamsBuilder) -> Void) -> String {
            let builder = StreamsBuilder()
            describe(builder)
            do {
                _ = try builder.build()
                return "built"
            } catch { return "\(error)" }
        }
        func counts(_ builder: StreamsBuilder) -> KTable<Windowed<Int64>, Int64> {
            builder.stream("in", OperatorFixture.orders).groupByKey()
                .windowed(by: .tumbling(size: .milliseconds(10), grace: .zero)).count()
        }
        #expect(message { _ = counts($0).suppress(.untilWindowCloses(.maxRecords(5))) }.contains("shutDownWhenFull"))
        #expect(message { _ = counts($0).suppress(.untilTimeLimit(.seconds(-1))) }.contains("negative"))
        #expect(message { _ = counts($0).suppress(.untilTimeLimit(.zero, .maxBytes(-1))) }.contains("-1 bytes"))
        #expect(message { _ = counts($0).filter { _, _ in true }.suppress(.untilWindowCloses()) } == "built")
        let foreign = message { builder in
            _ = builder.table("windows", Consumed(key: Self.windowedKey, value: .int64)).suppress(.untilWindowCloses())
        }
        #expect(foreign.contains("no windowed aggregation leads here"))
    }

    @Test("names and stores are Kafka Streams'")
    func names() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        builder.stream("in", OperatorFixture.orders).groupByKey()
            .windowed(by: .tumbling(size: .milliseconds(10), grace: .zero)).count()
            .suppress(.untilWindowCloses()).toStream().to("out")
        let description = "\(try builder.build())"
        #expect(
            description.contains(
                "Processor: KTABLE-SUPPRESS-0000000003 (stores: [KTABLE-SUPPRESS-STATE-STORE-0000000004])"),
            "\(description)")
    }
}
