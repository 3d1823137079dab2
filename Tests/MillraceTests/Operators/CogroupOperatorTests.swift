import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Cogrouped streams")
struct CogroupOperatorTests {
    /// Orders and texts of the same keys, folded into a list of both.
    private func cogrouped(_ builder: StreamsBuilder) -> CogroupedKStream<Int64, String> {
        let orders = builder.stream("orders", OperatorFixture.orders).groupByKey()
        let notes = builder.stream("notes", Consumed(key: .int64, value: .string)).groupByKey()
        return orders.cogroup { key, order, list in "\(list) \(order.item)\(order.amount)" }
            .cogroup(notes) { key, note, list in note == "clear" ? nil : "\(list) \(key):\(note)" }
    }

    private func driver(
        _ emission: EmissionPolicy = .everyUpdate, commits: TestCommits = .everyRecord,
        _ describe: (CogroupedKStream<Int64, String>) -> Void
    ) throws -> TopologyTestDriver {
        let builder = StreamsBuilder()
        describe(cogrouped(builder))
        return try TopologyTestDriver(
            builder.build(),
            TestDriverConfiguration(emission: emission, emptiesStoreMemory: true, commits: commits))
    }

    private func send(_ driver: TopologyTestDriver, order: String, _ key: Int64?, at time: Int64) throws {
        try driver.inputTopic("orders", key: .int64, value: .json(Order.self))
            .send(key, Order(order), at: Timestamp(time))
    }

    private func send(_ driver: TopologyTestDriver, note: String?, _ key: Int64, at time: Int64) throws {
        try driver.inputTopic("notes", key: .int64, value: .string).send(key, note, at: Timestamp(time))
    }

    @Test("streams of different types make one table")
    func plain() throws {
        let driver = try driver { cogrouped in
            cogrouped.aggregate(initial: "list", Materialized(as: "lists", value: .string)).toStream().to("out")
        }
        try send(driver, order: "a", 1, at: 5)
        try send(driver, note: "n", 1, at: 3)
        try send(driver, order: "b", nil, at: 4)
        try send(driver, note: nil, 1, at: 6)
        try send(driver, note: "clear", 1, at: 7)
        try send(driver, note: "m", 1, at: 8)
        let records = try driver.outputTopic("out", key: .int64, value: .string).readAll()
        #expect(records.map(\.value) == ["list a1", "list a1 1:n", nil, "list 1:m"])
        // A row's time is the largest of its records' (A10).
        #expect(records.map(\.timestamp) == [5, 5, 7, 8].map { Timestamp($0) })
        #expect(driver.droppedRecords == [.nullKey: 1, .nullValue: 1])
        let store = try driver.store("lists", KeyValueStore<Int64, String>.self)
        #expect(try store.value(for: 1) == "list 1:m")
    }

    @Test("coalesced, a row that several streams have changed is forwarded once a commit, with the old value")
    func coalesced() throws {
        let driver = try driver(.coalesced, commits: .byHand) { cogrouped in
            let table = cogrouped.aggregate(initial: "list", Materialized(as: "lists", value: .string))
            table.toStream().to("out")
            table.groupBy(Grouped(key: .string, value: .string)) { _, list in (list, list) }
                .count().toStream().to("groups")
        }
        try send(driver, order: "a", 1, at: 1)
        try send(driver, note: "n", 1, at: 2)
        try driver.commit()
        try send(driver, note: "o", 1, at: 3)
        try driver.commit()
        let output = driver.outputTopic("out", key: .int64, value: .string)
        #expect(try output.readAll().map(\.value) == ["list a1 1:n", "list a1 1:n 1:o"])
        try driver.commit()
        let groups = driver.outputTopic("groups", key: .string, value: .int64)
        #expect(try groups.readTable() == ["list a1 1:n": 0, "list a1 1:n 1:o": 1])
    }

    @Test("each stream has its own time for lateness (NOTES 13)")
    func lateness() throws {
        let driver = try driver { cogrouped in
            cogrouped.windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
                .aggregate(initial: "list", Materialized(value: .string).retained(for: .seconds(1)))
                .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .string))
        }
        try send(driver, order: "a", 1, at: 50)
        // Late for orders, in time for notes.
        try send(driver, order: "b", 1, at: 5)
        try send(driver, note: "n", 1, at: 6)
        let records = try driver.outputTopic("out", key: .string, value: .string).readAll()
        #expect(records.map(\.key) == ["[1@50/60]", "[1@0/10]"])
        #expect(records.map(\.value) == ["list a1", "list 1:n"])
        #expect(driver.droppedRecords == [.late: 1])
    }

    @Test("windows of a cogroup close for those behind them")
    func suppressed() throws {
        let driver = try driver(.coalesced) { cogrouped in
            cogrouped.windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
                .aggregate(initial: "list", Materialized(value: .string))
                .suppress(.untilWindowCloses()).toStream { key, _ in "\(key)" }
                .to("out", Produced(key: .string, value: .string))
        }
        try send(driver, order: "a", 1, at: 1)
        try send(driver, note: "n", 1, at: 2)
        try driver.crash()
        try send(driver, note: "o", 2, at: 10)
        let records = try driver.outputTopic("out", key: .string, value: .string).readAll()
        #expect(records == [Record(key: "[1@0/10]", value: "list a1 1:n", timestamp: Timestamp(2))])
    }

    @Test("sessions and sliding windows of several streams", arguments: [EmissionPolicy.everyUpdate, .coalesced])
    func inclusiveWindows(emission: EmissionPolicy) throws {
        func table(_ describe: (CogroupedKStream<Int64, String>) -> KTable<Windowed<Int64>, String>) throws
            -> [String: String]
        {
            let driver = try driver(emission) { cogrouped in
                describe(cogrouped).toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .string))
            }
            try send(driver, order: "a", 1, at: 10)
            try send(driver, note: "n", 1, at: 20)
            try driver.crash()
            try send(driver, order: "b", 1, at: 15)
            try send(driver, note: "m", 1, at: 40)
            return try driver.outputTopic("out", key: .string, value: .string).readTable()
        }
        let sessions = try table { cogrouped in
            cogrouped.windowed(by: .session(gap: .milliseconds(10), grace: .milliseconds(5)))
                .aggregate(initial: "", Materialized(value: .string)) { _, left, right in left + right }
        }
        #expect(sessions == ["[1@10/20]": " a1 1:n b1", "[1@40/40]": " 1:m"])
        let sliding = try table { cogrouped in
            cogrouped.windowed(by: .sliding(difference: .milliseconds(10), grace: .milliseconds(5)))
                .aggregate(initial: "", Materialized(value: .string))
        }
        #expect(
            sliding == [
                "[1@0/10]": " a1", "[1@10/20]": " a1 1:n b1", "[1@11/21]": " 1:n b1", "[1@5/15]": " a1 b1",
                "[1@16/26]": " 1:n", "[1@30/40]": " 1:m",
            ])
    }

    @Test("a null value in a window fails a plain closure; nullable ones see it, and an initial nil")
    func nulls() throws {
        let plain = try driver { cogrouped in
            _ = cogrouped.windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
                .aggregate(initial: "list", Materialized(value: .string), name: "lists")
        }
        let stop = stopping { try send(plain, note: nil, 1, at: 1) }
        #expect(stop?.node == "lists-cogroup-agg-1")
        #expect(stop?.error as? UnexpectedNull == UnexpectedNull(.value))

        let initial = try driver { cogrouped in
            _ = cogrouped.nullableAggregate(initial: { nil }, Materialized(value: .string))
        }
        #expect(
            stopping { try send(initial, note: "n", 1, at: 1) }?.error as? UnexpectedNull == UnexpectedNull(.aggregate))

        let builder = StreamsBuilder()
        builder.stream("notes", Consumed(key: .int64, value: .string)).groupByKey()
            .nullableCogroup { (_: Int64, note: String?, list: String?) in (list ?? "") + (note ?? "none") }
            .windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
            .nullableAggregate(initial: { nil }, Materialized(value: .string))
            .toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .string))
        let nullable = try TopologyTestDriver(try builder.build())
        try send(nullable, note: nil, 1, at: 1)
        #expect(try nullable.outputTopic("out", key: .string, value: .string).readTable() == ["[1@0/10]": "none"])
    }

    @Test("the plan is Kafka Streams': one store, a node a stream, a repartition topic where a key has changed")
    func plan() throws {
        let builder = StreamsBuilder(naming: .kafkaStreams)
        let one = builder.stream("one", Consumed(key: .string, value: .string))
        let two = builder.stream("two", Consumed(key: .string, value: .string))
        let mapped = one.map { key, value in (value, value) }.groupByKey(Grouped(key: .string, value: .string))
        mapped.cogroup { _, value, list in list + value }
            .cogroup(two.groupByKey()) { _, value, list in list + value }
            .aggregate(initial: "", Materialized(value: .string)).toStream().to("output")
        let topology = try builder.build()
        let store = "COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000003"
        let aggregate = """
                Processor: COGROUPKSTREAM-AGGREGATE-0000000007 (stores: [\(store)])
                  --> COGROUPKSTREAM-MERGE-0000000009
            """
        #expect("\(topology)".contains(aggregate), "\(topology)")
        #expect("\(topology)".contains("<-- COGROUPKSTREAM-AGGREGATE-0000000007, COGROUPKSTREAM-AGGREGATE-0000000008"))
        let topic = TopicReference.repartition(store)
        #expect(topology.repartitionTopics.map(\.reference) == [topic])
        #expect(topology.copartitionGroups.map(\.topics).contains([topic, .external("two")]))
    }

    @Test("several streams with changed keys have a repartition topic each")
    func repartitioned() throws {
        let builder = StreamsBuilder()
        let streams = ["one", "two", "three"].map { topic in
            builder.stream(topic, Consumed(key: .string, value: .string))
                .groupBy(Grouped(key: .string, value: .string)) { _, value in String(value.prefix(1)) }
        }
        streams[0].cogroup { _, value, list in "\(list) \(value)" }
            .cogroup(streams[1]) { _, value, list in "\(list)+\(value)" }
            .cogroup(streams[2]) { _, value, list in "\(list)-\(value)" }
            .aggregate(initial: "", Materialized(as: "lists", value: .string)).toStream().to("out")
        let driver = try TopologyTestDriver(try builder.build())
        for (topic, value) in [("one", "a1"), ("two", "a2"), ("three", "a3"), ("three", "b1")] {
            try driver.inputTopic(topic, key: .string, value: .string).send("k", value)
        }
        let table = try driver.outputTopic("out", key: .string, value: .string).readTable()
        #expect(table == ["a": " a1+a2-a3", "b": "-b1"])
    }

    @Test("emission on close is refused")
    func onWindowClose() throws {
        let builder = StreamsBuilder()
        _ = cogrouped(builder).windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
            .aggregate(initial: "", Materialized(value: .string).emitting(.onWindowClose))
        do {
            _ = try builder.build()
            Issue.record("built")
        } catch { #expect("\(error)".contains("suppress")) }
    }
}
