import Millrace
import MillraceCore
import MillraceTesting
import Testing

/// The code of docs/guide/versioned-and-global-tables.md, run by the test driver.
@Suite("Guide to versioned and global tables")
struct TableSnippets {
    private func makeTopology() throws -> Topology {
        let builder = StreamsBuilder()
        let rates = builder.table(
            "rates", Consumed(key: .string, value: .double),
            materialized: .versioned("rates", history: .seconds(3_600)))
        let payments = builder.stream("payments", Consumed(key: .string, value: .double))
        let converted = payments.join(rates) { amount, rate in amount * rate }
        converted.to("converted", Produced(key: .string, value: .double))

        let patient = payments.join(rates, Joined(name: "patient", grace: .seconds(5))) { amount, rate in amount * rate
        }
        patient.to("patient", Produced(key: .string, value: .double))

        let shops = builder.globalTable("shops", Consumed(key: .int32, value: .string), materialized: .as("shops"))
        let orders = builder.stream("orders", Consumed(key: .string, value: .int32))
        let named = orders.leftJoin(shops, key: { customer, shop in shop }) { shop, name in name ?? "shop \(shop)" }
        named.to("orders-by-name", Produced(key: .string, value: .string))
        return try builder.build()
    }

    @Test("payments meet the rate of their time, at once or when it has come; orders the name of their shop")
    func run() throws {
        let driver = try TopologyTestDriver(makeTopology())
        let rates = driver.inputTopic("rates", key: .string, value: .double)
        let payments = driver.inputTopic("payments", key: .string, value: .double)
        try rates.send("EUR", 2, at: Timestamp(1_000))
        try rates.send("EUR", 4, at: Timestamp(9_000))
        try payments.send("EUR", 10, at: Timestamp(5_000))
        try rates.send("EUR", 3, at: Timestamp(4_000))
        try payments.send("EUR", 10, at: Timestamp(10_000))
        #expect(
            try driver.outputTopic("converted", key: .string, value: .double).readAll().map(\.value) == [20, 40])
        #expect(try driver.outputTopic("patient", key: .string, value: .double).readAll().map(\.value) == [30])

        try driver.inputTopic("shops", key: .int32, value: .string).send(7, "Corner shop")
        let orders = driver.inputTopic("orders", key: .string, value: .int32)
        try orders.send("ada", 7)
        try orders.send("eve", 8)
        #expect(
            try driver.outputTopic("orders-by-name", key: .string, value: .string).readTable()
                == ["ada": "Corner shop", "eve": "shop 8"])
    }
}
