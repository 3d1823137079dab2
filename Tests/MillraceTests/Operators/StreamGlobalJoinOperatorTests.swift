import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("The join of a stream with a global table")
struct StreamGlobalJoinOperatorTests {
    private static let names = Consumed<Int64, String>(key: .int64, value: .string)
    private static let out = Produced<Int64, String>(key: .int64, value: .string)

    /// Orders meet the name of the number that `amount` gives; 0 gives none.
    private func fixture(
        isLeft: Bool, reaction: ErrorReaction = .fail, materialized: Materialized<Int64, String> = .as("names")
    ) throws -> (fixture: OperatorFixture, table: TestInputTopic<Int64, String>) {
        let fixture = try OperatorFixture(reaction: reaction, emptiesStoreMemory: true) { builder, stream in
            let names = builder.globalTable("names", Self.names, materialized: materialized)
            let joined: KStream<Int64, String>
            if isLeft {
                joined = stream.nullable.leftJoin(
                    names, name: "j", key: { _, order in order.flatMap { $0.amount == 0 ? nil : $0.amount } }
                ) { _, order, name in "\(order.item)+\(name ?? "-")" }
            } else {
                joined = stream.join(names, name: "j", key: { _, order in order.amount == 0 ? nil : order.amount }) {
                    order, name in
                    if order.item == "bad" { throw Refused() }
                    return "\(order.item)+\(name)"
                }
            }
            joined.to("out", Self.out)
        }
        return (fixture, fixture.driver.inputTopic("names", key: .int64, value: .string))
    }

    private func values(_ fixture: OperatorFixture) throws -> [String?] {
        try fixture.driver.outputTopic("out", key: .int64, value: .string).readAll().map(\.value)
    }

    @Test("meets the row as it has arrived; key and time stay the record's (F4)")
    func rows() throws {
        let (fixture, table) = try fixture(isLeft: false)
        try fixture.input.send(1, Order("early", 7))
        try table.send(7, "ada", at: Timestamp(900))
        try fixture.input.send(1, Order("a", 7), at: Timestamp(5))
        // By order of arrival, whatever the times.
        try table.send(7, "eve", at: Timestamp(100))
        try fixture.input.send(2, Order("b", 7), at: Timestamp(6))
        try table.send(7, nil, at: Timestamp(101))
        try fixture.input.send(2, Order("gone", 7))
        let records = try fixture.driver.outputTopic("out", key: .int64, value: .string).readAll()
        #expect(records.map(\.value) == ["a+ada", "b+eve"])
        #expect(records.map(\.key) == [1, 2])
        #expect(records.map(\.timestamp) == [Timestamp(5), Timestamp(6)])
        // The table has no part in stream time.
        #expect(fixture.driver.streamTime == Timestamp(6))
        #expect(fixture.driver.droppedRecords.isEmpty)
    }

    @Test("null values, and mapped keys that are nil, are dropped; a left join keeps those without a key (B, NOTES 8)")
    func nulls() throws {
        let (left, table) = try fixture(isLeft: true)
        try table.send(7, "ada")
        try left.input.send(1, nil)
        try left.input.send(1, Order("no key of its own", 0))
        try left.input.send(nil, Order("a", 0))
        try left.input.send(nil, Order("b", 7))
        try left.input.send(1, Order("c", 8))
        #expect(try values(left) == ["a+-", "b+ada", "c+-"])
        #expect(left.driver.droppedRecords == [.nullValue: 1, .nullKey: 1])
        let (inner, _) = try fixture(isLeft: false)
        try inner.input.send(1, nil)
        try inner.input.send(1, Order("a", 0))
        #expect(try values(inner) == [])
        #expect(inner.driver.droppedRecords == [.nullValue: 1, .nullKey: 1])
    }

    @Test("a plain closure for the key takes no null record key; a joiner that throws costs the record")
    func errors() throws {
        let (fixture, table) = try fixture(isLeft: false, reaction: .skip)
        try table.send(7, "ada")
        try fixture.input.send(nil, Order("a", 7))
        try fixture.input.send(1, Order("bad", 7))
        try fixture.input.send(1, Order("b", 7))
        #expect(try values(fixture) == ["b+ada"])
        #expect(fixture.driver.nodes.first { $0.name == "j" }?.dropped == [.processingError: 2])
    }

    @Test("rows of the global topic: null keys are dropped, bad ones go to the handler", arguments: [true, false])
    func table(isPersistent: Bool) throws {
        let (fixture, table) = try fixture(
            isLeft: false, reaction: .skip, materialized: .as("names").stored(isPersistent ? .persistent : .inMemory))
        try table.send(nil, "nobody")
        try fixture.driver.send(
            ProducedRecord(topic: "names", key: [1, 2, 3], value: [65], timestamp: .epoch))
        try table.send(3, "ada", at: Timestamp(4))
        #expect(fixture.driver.droppedRecords == [.nullKey: 1, .undecodable: 1])
        let store = try fixture.driver.store("names", KeyValueStore<Int64, String>.self)
        #expect(try store.get(3) == ValueAndTimestamp("ada", at: Timestamp(4)))
        // The topic is the table's changelog.
        #expect(fixture.driver.producedTopics.isEmpty)
    }

    @Test("a topology may write into its own global table; the update counts for what is processed next")
    func feedback() throws {
        let fixture = try OperatorFixture { builder, stream in
            let latest = builder.globalTable("latest", Self.names)
            stream.leftJoin(latest, key: { key, _ in key }) { order, name in "\(name ?? "")\(order.item)" }
                .to("latest", Self.out)
        }
        for item in ["a", "b", "c"] { try fixture.input.send(1, Order(item)) }
        let records = try fixture.driver.outputTopic("latest", key: .int64, value: .string).readAll()
        #expect(records.map(\.value) == ["a", "ab", "abc"])
    }

    @Test("each task reads rows of all partitions, also after a crash", arguments: [1, 3] as [Int32])
    func partitions(count: Int32) throws {
        let builder = StreamsBuilder()
        let names = builder.globalTable("names", Self.names)
        builder.stream("in", OperatorFixture.orders)
            .join(names, key: { _, order in order.amount }) { order, name in "\(order.item)+\(name)" }
            .to("out", Self.out)
        let driver = try TopologyTestDriver(
            builder.build(), TestDriverConfiguration(partitions: .counts(["in": count, "names": 4])))
        #expect(driver.taskIDs.count == Int(count))
        let table = driver.inputTopic("names", key: .int64, value: .string)
        let input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
        for key in 0..<20 as Range<Int64> { try table.send(key, "n\(key)") }
        for key in 0..<10 as Range<Int64> { try input.send(key, Order("a", 19 - key)) }
        try driver.crash()
        for key in 10..<20 as Range<Int64> { try input.send(key, Order("b", 19 - key)) }
        let joined = try driver.outputTopic("out", key: .int64, value: .string).readTable()
        let wanted = (0..<20 as Range<Int64>).map { ($0, "\($0 < 10 ? "a" : "b")+n\(19 - $0)") }
        #expect(joined == Dictionary(uniqueKeysWithValues: wanted))
    }

    @Test("the plan: a sub-topology of its own without tasks, no changelog, and nothing is repartitioned (F5)")
    func plan() throws {
        let builder = StreamsBuilder()
        let names = builder.globalTable("names", Self.names, materialized: .as("names"))
        builder.stream("in", OperatorFixture.orders).selectKey { _, order in order.item }
            .join(names, key: { _, order in order.amount }) { order, name in "\(order.item)+\(name)" }
            .to("out", Produced(key: .string, value: .string))
        let topology = try builder.build()
        #expect(topology.repartitionTopics.isEmpty)
        #expect(topology.subtopologies.map(\.isGlobal) == [true, false])
        #expect(topology.stores["names"]?.isChangelogEnabled == false)
        #expect(
            topology.description == """
                Topologies:
                   Sub-topology: 0 for global store (will not generate tasks)
                    Source: KSTREAM-SOURCE-0000000000 (topics: [names])
                      --> KTABLE-SOURCE-0000000001
                    Processor: KTABLE-SOURCE-0000000001 (stores: [names])
                      --> none
                      <-- KSTREAM-SOURCE-0000000000
                  Sub-topology: 1
                    Source: KSTREAM-SOURCE-0000000002 (topics: [in])
                      --> KSTREAM-KEY-SELECT-0000000003
                    Processor: KSTREAM-KEY-SELECT-0000000003 (stores: [])
                      --> KSTREAM-LEFTJOIN-0000000004
                      <-- KSTREAM-SOURCE-0000000002
                    Processor: KSTREAM-LEFTJOIN-0000000004 (stores: [])
                      --> KSTREAM-SINK-0000000005
                      <-- KSTREAM-KEY-SELECT-0000000003
                    Sink: KSTREAM-SINK-0000000005 (topic: out)
                      <-- KSTREAM-LEFTJOIN-0000000004


                """)
        builder.stream("names", Consumed<Int64, String>(key: .int64, value: .string)).to("out2", Self.out)
        #expect(throws: TopologyError.self) { try builder.build() }
    }
}
