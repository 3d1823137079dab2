import EngineKit
import Foundation
import Millrace
import MillraceCluster
import MillraceCore
import Testing

/// A table's own topic in place of its store's changelog (SEMANTICS H4, I12).
@Suite("A source topic as changelog", .serialized)
struct SourceChangelogTests {
    private static let changelog = "app-rows-changelog"

    /// Joins `asks` with the table of `rows`; values of `rows` that begin with "bad" cannot be decoded.
    private func topology(optimization: TopologyOptimization = .all) throws -> Topology {
        let builder = StreamsBuilder(optimization: optimization)
        let rows = builder.table("rows", Consumed(key: .string, value: Picky()), materialized: .as("rows"))
        builder.stream("asks", Consumed(key: .string, value: .string))
            .leftJoin(rows, Joined(key: .string, value: .string)) { ask, row in "\(ask) \(row ?? "none")" }
            .to("answers", Produced(key: .string, value: .string))
        return try builder.build()
    }

    /// Reads in upper case what stands there in any; writes upper case.
    private struct Picky: Serde {
        func serialize(_ value: String, into writer: inout ByteWriter) { writer.append(utf8: value) }
        func deserialize(_ bytes: RawSpan) throws -> String {
            let text = bytes.lossyUTF8
            if text.hasPrefix("bad") { throw SerdeError("bad") }
            return text.uppercased()
        }
    }

    private func configuration(_ test: TestCluster, instance: Int = 0) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory + "\(instance)",
            commitInterval: .milliseconds(20), handlers: ErrorHandlers(deserialization: { _ in .skip }),
            sessionTimeout: test.engine.sessionTimeout, heartbeatInterval: .milliseconds(100),
            rebalanceTimeout: test.engine.rebalanceTimeout, transactionTimeout: .seconds(1))
    }

    private func create(_ test: TestCluster, policy: String?) throws {
        try test.cluster.admin.createTopic(
            TopicSpecification(
                name: "rows", partitionCount: 2, configuration: policy.map { ["cleanup.policy": $0] } ?? [:]))
        try test.create("asks", partitions: 2)
        try test.create("answers", partitions: 2)
    }

    private func produceRows(_ test: TestCluster, _ range: Range<Int>) throws {
        try test.produce("rows", range.map { ("k\($0 % 20)", $0 % 7 == 3 ? "bad" : "row\($0)", Int64($0)) })
    }

    private func expected(_ range: Range<Int>) -> [String: String] {
        range.reduce(into: [:]) { rows, index in if index % 7 != 3 { rows["k\(index % 20)"] = "ROW\(index)" } }
    }

    private func start(_ test: TestCluster, _ topology: Topology, instance: Int = 0) throws -> StreamsApplication {
        let application = try StreamsApplication(topology, configuration(test, instance: instance))
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        return application
    }

    private func rows(_ application: StreamsApplication) throws -> [String: String] {
        guard let view = try? application.store("rows", .keyValue(String.self, String.self)) else { return [:] }
        let all = (try? view.all()) ?? []
        return Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0.value) })
    }

    @Test(
        "the store is restored from the topic: after a clean end, without its files, after a crash",
        arguments: Engine.available)
    func restarts(engine: Engine) throws {
        let test = try TestCluster(engine)
        try create(test, policy: "compact")
        let topology = try topology()

        // A clean end: the store on disk stands for the committed position.
        try produceRows(test, 0..<100)
        var application = try start(test, topology)
        try test.eventually("the first rows") { try rows(application) == expected(0..<100) }
        #expect(application.close(timeout: .seconds(20)))
        #expect(try test.cluster.admin.describeTopic(Self.changelog) == nil)
        #expect(try test.read("rows").count == 100, "nothing is written to the user's topic")

        try produceRows(test, 100..<150)
        application = try start(test, topology)
        try test.eventually("more rows") { try rows(application) == expected(0..<150) }
        #expect(application.restoreReports.allSatisfy { $0.rebuild == nil && $0.restoredRecords == 0 })

        // A crash before the store was written down: the files stand for less than what is committed.
        application.abandon()
        try produceRows(test, 150..<200)
        let second = try start(test, topology, instance: 1)
        try test.eventually("rows after a crash, without files") { try rows(second) == expected(0..<200) }
        let reports = second.restoreReports
        #expect(reports.count == 2)
        #expect(reports.reduce(0) { $0 + $1.restoredRecords } == (0..<150).count { $0 % 7 != 3 })
        #expect(reports.allSatisfy { $0.changelog.topic == "rows" })
        try test.produce("asks", [("k1", "who", 1_000)])
        try test.eventually("an answer") {
            try test.read("answers").map(\.text) == ["who \(expected(0..<200)["k1"] ?? "")"]
        }
        #expect(second.close(timeout: .seconds(20)))
        #expect(try test.cluster.admin.describeTopic(Self.changelog) == nil)
        #expect(try test.read("rows").count == 200)
    }

    @Test("rows whose reading was not committed are not restored but read", arguments: Engine.available)
    func uncommitted(engine: Engine) throws {
        let test = try TestCluster(engine)
        try create(test, policy: "compact")
        try produceRows(test, 0..<40)
        let application = try start(test, try topology())
        try test.eventually("the rows") { try rows(application) == expected(0..<40) }
        #expect(application.restoreReports.allSatisfy { $0.to == .zero && $0.restoredRecords == 0 })
        #expect(application.close(timeout: .seconds(20)))
    }

    @Test(
        "a topic that deletes by age, and a program without the optimization, give a changelog",
        arguments: Engine.available)
    func fallsBack(engine: Engine) throws {
        for (policy, optimization) in [
            (String?.none, TopologyOptimization.all), ("compact,delete", .all), ("compact", .none),
        ] {
            let test = try TestCluster(engine)
            try create(test, policy: policy)
            try produceRows(test, 0..<40)
            let application = try start(test, try topology(optimization: optimization))
            try test.eventually("the rows") { try rows(application) == expected(0..<40) }
            #expect(application.close(timeout: .seconds(20)))
            #expect(try test.cluster.admin.describeTopic(Self.changelog) != nil)
            // A changelog that is there is used on, whatever the topic and the program say now.
            let again = try start(test, try topology(), instance: 1)
            try test.eventually("the rows again") { try rows(again) == expected(0..<40) }
            #expect(again.restoreReports.allSatisfy { $0.changelog.topic == Self.changelog })
            #expect(again.close(timeout: .seconds(20)))
        }
    }

    @Test("a topic that is no longer compacted stops the start, with an explanation", arguments: Engine.available)
    func policyChanged(engine: Engine) throws {
        let test = try TestCluster(engine)
        try create(test, policy: "compact")
        try produceRows(test, 0..<40)
        let application = try start(test, try topology())
        try test.eventually("the rows") { try rows(application) == expected(0..<40) }
        #expect(application.close(timeout: .seconds(20)))
        try test.cluster.admin.deleteTopic("rows")
        try test.cluster.admin.createTopic(TopicSpecification(name: "rows", partitionCount: 2))
        // As if it were the old one, of which the application has read.
        let consumer = try test.cluster.makeConsumer(ConsumerConfiguration(groupID: "app", clientID: "test"))
        try consumer.commit([TopicPartition("rows", 0): CommittedOffset(Offset(0))])
        consumer.close()
        let again = try StreamsApplication(try topology(), configuration(test))
        let error = #expect(throws: StreamsError.self) { try again.start() }
        #expect(error?.code == .invalidTopology)
        #expect(error?.message.contains("cleanup.policy is delete") ?? false, "\(String(describing: error))")
    }
}
