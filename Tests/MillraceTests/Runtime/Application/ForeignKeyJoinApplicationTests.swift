import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("A foreign-key join on each engine", .serialized)
struct ForeignKeyJoinApplicationTests {
    /// Left values are `<right key>|<number>`.
    private static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let left = builder.table("left", Consumed(key: .string, value: .string))
        let right = builder.table("right", Consumed(key: .string, value: .string))
        let foreignKey: @Sendable (String, String) -> String? = { _, value in
            value.split(separator: "|").first.map(String.init)
        }
        left.leftJoin(right, foreignKey: foreignKey, joined: TableJoined(name: "j")) { left, right in
            "\(left)+\(right ?? "-")"
        }.toStream().to("out", Produced(key: .string, value: .string))
        return try builder.build()
    }

    private func configuration(_ test: TestCluster, instance: Int) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory + "\(instance)",
            commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
            heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
            transactionTimeout: .seconds(1))
    }

    private func table(_ test: TestCluster) throws -> [String: String] {
        var table: [String: String] = [:]
        for record in try test.read("out") { if let key = record.key { table[key] = record.text } }
        return table
    }

    @Test(
        "two instances, tables of 3 and 2 partitions, many rows for one; one instance is stopped without warning",
        arguments: Engine.available)
    func takeover(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("left", partitions: 3)
        try test.create("right", partitions: 2)
        try test.create("out", partitions: 3)
        // Two right rows, the first with more rows referring to it than one step tells.
        let rows = (0..<4_000).map { (key: "k\($0)", value: "\($0 % 4 == 0 ? "b" : "a")|\($0)", timestamp: Int64($0)) }
        func expected(_ a: String, _ b: String) -> [String: String] {
            Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.value + "+" + ($0.value.first == "a" ? a : b)) })
        }
        let first = try StreamsApplication(Self.topology(), configuration(test, instance: 1))
        let second = try StreamsApplication(Self.topology(), configuration(test, instance: 2))
        try first.start()
        try second.start()
        try test.produce("left", rows)
        try test.eventually("both have tasks") {
            [first, second].allSatisfy { $0.metrics.tasks.contains { !$0.isRestoring } }
        }
        #expect(try test.cluster.admin.describeTopic("app-j-subscription-registration-topic")?.partitionCount == 2)
        #expect(try test.cluster.admin.describeTopic("app-j-subscription-response-topic")?.partitionCount == 3)
        try test.produce("right", [("a", "A1", 10), ("b", "B1", 11)])
        try test.eventually("all rows are joined") { try table(test) == expected("A1", "B1") }
        try test.produce("right", [("a", "A2", 20), ("b", "B2", 21), ("a", "A3", 22)])
        first.abandon()
        try test.produce("right", [("b", "B3", 30)])
        try test.eventually("the other takes over", timeout: .seconds(30)) { try table(test) == expected("A3", "B3") }
        #expect(second.close(timeout: .seconds(20)))
        #expect(second.state == .notRunning, "\(String(describing: second.error))")
    }
}
