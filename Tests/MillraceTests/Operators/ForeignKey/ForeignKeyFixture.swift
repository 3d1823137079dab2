import Millrace
import MillraceCore
import MillraceTesting

/// Orders by number, each with the customer it is of (`Order.item`; empty: of nobody), and customers' names; the join
/// of the two as texts in `out`.
struct ForeignKeyFixture {
    let driver: TopologyTestDriver
    let orders: TestInputTopic<Int64, Order>
    let customers: TestInputTopic<String, String>

    /// - Parameter store: keeps the results.
    init(
        isLeft: Bool, store: String? = nil, _ configuration: TestDriverConfiguration = TestDriverConfiguration()
    ) throws {
        driver = try TopologyTestDriver(
            ForeignKeyFixture.describe(isLeft: isLeft, store: store).build(), configuration)
        orders = driver.inputTopic("orders", key: .int64, value: .json(Order.self))
        customers = driver.inputTopic("customers", key: .string, value: .string)
    }

    static func describe(
        isLeft: Bool, store: String? = nil, name: String? = "j", naming: TopologyNaming = .structural
    ) -> StreamsBuilder {
        let builder = StreamsBuilder(naming: naming)
        let orders = builder.table("orders", OperatorFixture.orders)
        let customers = builder.table("customers", Consumed(key: .string, value: .string))
        let materialized = store.map { Materialized<Int64, String>(as: $0, value: .string) }
        let joined = TableJoined<Int64, String>(name: name)
        let results: KTable<Int64, String>
        if isLeft {
            results = orders.leftJoin(customers, foreignKey: foreignKey, materialized, joined: joined) { order, name in
                "\(order.amount) for \(name ?? "nobody")"
            }
        } else {
            results = orders.join(customers, foreignKey: foreignKey, materialized, joined: joined) { order, name in
                if name == "refused" { throw Refused() }
                return "\(order.amount) for \(name)"
            }
        }
        results.toStream().to("out", Produced(key: .int64, value: .string))
        return builder
    }

    static func foreignKey(_ key: Int64, _ order: Order) throws -> String? {
        if order.item == "refused" { throw Refused() }
        return order.item.isEmpty ? nil : order.item
    }

    func out() throws -> [Record<Int64, String>] {
        try driver.outputTopic("out", key: .int64, value: .string).readAll()
    }

    /// Processes and commits until nothing is left to do.
    func settle() throws {
        repeat {
            try driver.processAll()
            try driver.commit()
        } while driver.waitingRecords > 0
    }
}
