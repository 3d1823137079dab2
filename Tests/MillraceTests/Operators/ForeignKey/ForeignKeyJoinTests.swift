import Millrace
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

@Suite("Foreign-key joins")
struct ForeignKeyJoinTests {
    @Test(
        "updates of both sides, references that change, and deletions", arguments: [true, false],
        [EmissionPolicy.everyUpdate, .coalesced])
    func updates(isLeft: Bool, emission: EmissionPolicy) throws {
        let fixture = try ForeignKeyFixture(
            isLeft: isLeft, store: "results",
            TestDriverConfiguration(emission: emission, emptiesStoreMemory: true))
        try fixture.customers.send("ada", "Ada", at: Timestamp(10))
        try fixture.orders.send(1, Order("ada", 5), at: Timestamp(4))
        try fixture.orders.send(2, Order("eve", 6), at: Timestamp(11))
        try fixture.customers.send("ada", "Ada L.", at: Timestamp(12))
        try fixture.orders.send(1, Order("eve", 5), at: Timestamp(13))
        try fixture.customers.send("eve", "Eve", at: Timestamp(3))
        try fixture.customers.send("ada", "Countess", at: Timestamp(14))
        try fixture.customers.send("eve", nil, at: Timestamp(15))
        try fixture.orders.send(1, nil, at: Timestamp(16))
        let out = try fixture.out()
        let inner: [String?] = ["5 for Ada", "5 for Ada L.", nil, "5 for Eve", "6 for Eve", nil, nil]
        let left: [String?] = [
            "5 for Ada", "6 for nobody", "5 for Ada L.", "5 for nobody", "5 for Eve", "6 for Eve", "5 for nobody",
            "6 for nobody", nil,
        ]
        #expect(out.map(\.value) == (isLeft ? left : inner))
        // A10: a left update's result has the larger time, a right update's its own.
        let times: [Int64] = isLeft ? [10, 11, 12, 13, 3, 3, 15, 15, 16] : [10, 12, 13, 3, 3, 15, 15]
        #expect(out.map(\.timestamp.millisecondsSinceEpoch) == times)
        let results = try fixture.driver.store("results", KeyValueStore<Int64, String>.self)
        #expect(try results.all().map(\.value.value) == (isLeft ? ["6 for nobody"] : []))
        let subscriptions = fixture.driver.storeNames.filter { $0.contains("subscription-store") }
        #expect(subscriptions == ["j-subscription-store", "j-subscription-store-fan-out"])
    }

    @Test("closures that throw cost the update; null keys are dropped")
    func errors() throws {
        let fixture = try ForeignKeyFixture(
            isLeft: false, TestDriverConfiguration(handlers: ErrorHandlers(processing: { _ in .skip })))
        try fixture.customers.send("ada", "Ada")
        try fixture.customers.send("bad", "refused")
        try fixture.customers.send(nil, "nobody")
        try fixture.orders.send(nil, Order("ada"))
        try fixture.orders.send(1, Order("bad"))
        try fixture.orders.send(2, Order("refused"))
        try fixture.orders.send(3, Order("ada", 7))
        #expect(try fixture.out().map(\.value) == ["7 for Ada"])
        #expect(fixture.driver.droppedRecords == [.processingError: 2, .nullKey: 2])
        #expect(fixture.driver.nodes.first { $0.name == "j-subscription-registration-processor" }?.dropped.count == 1)
    }

    @Test("a join of several partitions answers where it was asked", arguments: 0..<4 as Range<UInt64>)
    func partitions(seed: UInt64) throws {
        let fixture = try ForeignKeyFixture(
            isLeft: true,
            TestDriverConfiguration(
                partitions: .counts(["orders": 3, "customers": 2, "out": 3]), commits: .every(records: 5),
                interleaving: .random(seed: seed), processesOnSend: false))
        for number: Int64 in 0..<60 { try fixture.orders.send(number, Order("c\(number % 7)", number)) }
        try fixture.driver.processAll()
        for number in 0..<5 { try fixture.customers.send("c\(number)", "first \(number)") }
        try fixture.settle()
        for number in 0..<5 { try fixture.customers.send("c\(number)", number == 3 ? nil : "second \(number)") }
        for number: Int64 in 0..<60 where number % 4 == 0 {
            try fixture.orders.send(number, number % 8 == 0 ? nil : Order("c\((number + 1) % 7)", number))
        }
        try fixture.settle()
        var expected: [Int64: String] = [:]
        for number: Int64 in 0..<60 where number % 8 != 0 {
            let customer = number % 4 == 0 ? (number + 1) % 7 : number % 7
            let name = customer < 5 && customer != 3 ? "second \(customer)" : "nobody"
            expected[number] = "\(number) for \(name)"
        }
        let table = try fixture.driver.outputTopic("out", key: .int64, value: .string).readTable()
        #expect(table == expected, "seed \(seed)")
    }

    @Test("partitioners of their own decide where both sides meet (KIP-775)")
    func partitioners() throws {
        let builder = StreamsBuilder()
        let orders = builder.table("orders", OperatorFixture.orders)
        let customers = builder.table("customers", Consumed(key: .string, value: .string))
        let joined = TableJoined<Int64, String>(
            name: "j", partitioner: { _, count in count - 1 }, otherPartitioner: { _, _ in 0 })
        orders.join(customers, foreignKey: { _, order in order.item }, joined: joined) { order, name in
            "\(order.amount) for \(name)"
        }.toStream().to("out", Produced(key: .int64, value: .string))
        let driver = try TopologyTestDriver(
            builder.build(), TestDriverConfiguration(partitions: .counts(["orders": 3, "customers": 2])))
        func send(_ topic: String, key: [UInt8], value: String, to partition: Int32) throws {
            try driver.send(
                ProducedRecord(
                    topic: topic, partition: partition, key: key, value: Array(value.utf8), timestamp: .epoch))
        }
        try send("customers", key: Array("ada".utf8), value: "Ada", to: 0)
        for number: UInt8 in 1...5 {
            try send("orders", key: [0, 0, 0, 0, 0, 0, 0, number], value: #"{"amount":1,"item":"ada"}"#, to: 2)
        }
        try send("customers", key: Array("ada".utf8), value: "Ada L.", to: 0)
        let values = try driver.outputTopic("out", key: .int64, value: .string).readTable()
        #expect(values == Dictionary(uniqueKeysWithValues: (1...5).map { (Int64($0), "1 for Ada L.") }))
    }

    @Test("a table of computed rows joins once it says how they are written")
    func computedRows() throws {
        let builder = StreamsBuilder()
        let names = builder.table("names", Consumed(key: .string, value: .string))
        let counts = builder.stream("in", Consumed(key: .string, value: .string)).groupByKey().count()
            .mapValues { count in "n\(count)" }
        counts.serialized(value: .string)
            .join(names, foreignKey: { _, count in count }, Materialized(as: "named", value: .string)) { count, name in
                "\(count) is \(name)"
            }
            .toStream().to("out", Produced(key: .string, value: .string))
        let driver = try TopologyTestDriver(builder.build(), TestDriverConfiguration(emission: .everyUpdate))
        defer { driver.close() }
        try driver.inputTopic("names", key: .string, value: .string).send("n2", "two")
        let input = driver.inputTopic("in", key: .string, value: .string)
        for _ in 0..<3 { try input.send("a", "x") }
        let output = try driver.outputTopic("out", key: .string, value: .string).readAll()
        #expect(output.map(\.value) == ["n2 is two", nil])
    }
}
