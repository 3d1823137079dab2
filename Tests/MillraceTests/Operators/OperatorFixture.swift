import Millrace
import MillraceCore
import MillraceTesting

/// Keys and values that are no strings, for the tests of the operators.
struct Order: Codable, Hashable, Sendable {
    var item: String
    var amount: Int64

    init(_ item: String, _ amount: Int64 = 1) {
        self.item = item
        self.amount = amount
    }
}

struct Refused: Error {}

/// A topology that reads orders from `in`, and the topics around it.
struct OperatorFixture {
    static let orders = Consumed<Int64, Order>(key: .int64, value: .json(Order.self))
    let driver: TopologyTestDriver
    let input: TestInputTopic<Int64, Order>

    /// - Parameter reaction: of all error handlers.
    init(
        _ emission: EmissionPolicy = .everyUpdate, semantics: Semantics = .millrace, reaction: ErrorReaction = .fail,
        emptiesStoreMemory: Bool = false, _ describe: (StreamsBuilder, KStream<Int64, Order>) throws -> Void
    ) throws {
        let builder = StreamsBuilder()
        try describe(builder, builder.stream("in", OperatorFixture.orders))
        driver = try TopologyTestDriver(
            builder.build(),
            TestDriverConfiguration(
                emission: emission, semantics: semantics,
                handlers: ErrorHandlers(
                    deserialization: { _ in reaction }, processing: { _ in reaction }, production: { _ in reaction }),
                emptiesStoreMemory: emptiesStoreMemory))
        input = driver.inputTopic("in", key: .int64, value: .json(Order.self))
    }

    func orders(_ topic: String = "out") throws -> [Record<Int64, Order>] {
        try driver.outputTopic(topic, key: .int64, value: .json(Order.self)).readAll()
    }

    func numbers(_ topic: String = "out") throws -> [Record<Int64, Int64>] {
        try driver.outputTopic(topic, key: .int64, value: .int64).readAll()
    }

    func texts(_ topic: String = "out") throws -> [Record<String, String>] {
        try driver.outputTopic(topic, key: .string, value: .string).readAll()
    }
}

/// The node and the error where a record stops the application; nil where it does not.
func stopping(_ body: () throws -> Void) -> (node: String, error: any Error)? {
    do {
        try body()
        return nil
    } catch let error as StreamsProcessingError {
        return (error.record.node, error.record.error)
    } catch {
        return ("", error)
    }
}
