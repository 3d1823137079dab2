import EngineKit
import Foundation
import MillraceCluster
import MillraceCore
import Testing

@testable import Millrace

@Suite("Global tables in an application", .serialized)
struct GlobalTableTests {
    /// Orders of a user meet the user's number.
    private static func topology(_ materialized: Materialized<String, Int64> = .as("users")) throws -> Topology {
        let builder = StreamsBuilder()
        let users = builder.globalTable(
            "users", Consumed(key: .string, value: .decimal), materialized: materialized)
        builder.stream("orders", Consumed(key: .string, value: .string))
            .leftJoin(users, key: { _, user in user }) { user, number in "\(user)=\(number ?? -1)" }
            .to("out", Produced(key: .string, value: .string))
        return try builder.build()
    }

    private func configuration(
        _ test: TestCluster, threads: Int = 2, handlers: ErrorHandlers = ErrorHandlers()
    ) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory, threads: threads,
            commitInterval: .milliseconds(20), handlers: handlers,
            sessionTimeout: test.engine.sessionTimeout, heartbeatInterval: .milliseconds(100),
            rebalanceTimeout: test.engine.rebalanceTimeout, transactionTimeout: .seconds(1),
            flushInterval: .milliseconds(20))
    }

    private func cluster(_ engine: Engine) throws -> TestCluster {
        let test = try TestCluster(engine)
        try test.create("users", partitions: 3)
        try test.create("orders", partitions: 4)
        try test.create("out", partitions: 2)
        return test
    }

    private func users(_ range: Range<Int>, plus: Int = 0) -> [(key: String, value: String, timestamp: Int64)] {
        range.map { ("u\($0)", "\($0 + plus)", Int64($0)) }
    }

    private func orders(_ range: Range<Int>, prefix: String = "o") -> [(key: String, value: String, timestamp: Int64)] {
        range.map { ("\(prefix)\($0)", "u\($0)", Int64($0)) }
    }

    /// What came out, by key.
    private func joined(_ test: TestCluster) throws -> [String: String] {
        var joined: [String: String] = [:]
        for record in try test.read("out") { if let key = record.key { joined[key] = record.text } }
        return joined
    }

    private func wanted(_ range: Range<Int>, prefix: String = "o", plus: Int = 0) -> [String: String] {
        Dictionary(uniqueKeysWithValues: range.map { ("\(prefix)\($0)", "u\($0)=\($0 + plus)") })
    }

    private func waitForTable(_ application: StreamsApplication, _ test: TestCluster, records: Int64) throws {
        try test.eventually("the table has \(records) records") {
            application.globalTables.first?.partitions.reduce(0) { $0 + $1.position.rawValue } == records
        }
    }

    @Test(
        "are loaded before a record is processed, kept up to date, and queried", arguments: Engine.available,
        [true, false])
    func loadAndFollow(engine: Engine, isPersistent: Bool) throws {
        let test = try cluster(engine)
        try test.produce("users", users(0..<2_000))
        try test.produce("orders", orders(0..<2_000))
        let application = try StreamsApplication(
            Self.topology(.as("users").stored(isPersistent ? .persistent : .inMemory)), configuration(test))
        let reports = Monitor<[RestoreReport]>([])
        application.onRestore { report in reports.withLock { $0.append(report) } }
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        try test.eventually("all orders are joined") { try test.read("out").count == 2_000 }
        #expect(try joined(test) == wanted(0..<2_000))
        #expect(reports.withLock { $0.map(\.changelog) } == (0..<3).map { TopicPartition("users", $0) })
        #expect(reports.withLock { $0.reduce(0) { $0 + $1.restoredRecords } } == 2_000)

        try test.produce("users", users(0..<2_000, plus: 1))
        try waitForTable(application, test, records: 4_000)
        try test.produce("orders", orders(0..<2_000, prefix: "p"))
        try test.eventually("all orders are joined") { try test.read("out").count == 4_000 }
        #expect(try joined(test).filter { $0.key.hasPrefix("p") } == wanted(0..<2_000, prefix: "p", plus: 1))

        let view = try application.store("users", .keyValue(String.self, Int64.self))
        #expect(try view.get("u7") == 8)
        #expect(try view.get("nobody") == nil)
        #expect(try view.all().count == 2_000)
        #expect(application.globalTables.first?.isLoaded == true)
        #expect(application.globalTables.first?.lag == 0)
        // No tasks, no changelog, no group that reads the topic.
        #expect(application.topology.globalSubtopologies.map(\.id) == [0])
        try test.eventually("metrics") { application.metrics.tasks.count == 4 }
        #expect(application.metrics.tasks.allSatisfy { $0.id.subtopology == 1 })
        #expect(try test.cluster.admin.listTopics().contains { $0.contains("changelog") } == false)
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.state == .notRunning)
    }

    @Test(
        "a restart reads only the tail; the rows before it come from the disk", arguments: Engine.available,
        [false, true])
    func restart(engine: Engine, isKilled: Bool) throws {
        let test = try cluster(engine)
        try test.produce("users", users(0..<300))
        let first = try StreamsApplication(Self.topology(), configuration(test))
        try first.start()
        #expect(first.waitUntil(.running, timeout: .seconds(20)))
        var settings = configuration(test)
        if isKilled {
            let global = test.stateDirectory + "/app/global"
            let positions = GlobalPositions(path: global + "/users.positions")
            try test.eventually("the table is on the disk") {
                try positions.read(from: FileSystemDisk())?.positions.values.reduce(0) { $0 + $1.rawValue } == 300
            }
            first.abandon()
            // The killed one still holds its directory.
            settings.stateDirectory += "-copy"
            try FileManager.default.createDirectory(
                atPath: settings.stateDirectory + "/app", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: global, toPath: settings.stateDirectory + "/app/global")
        } else {
            #expect(first.close(timeout: .seconds(20)))
        }

        try test.produce("users", users(200..<400, plus: 1))
        try test.produce("orders", orders(0..<400))
        let second = try StreamsApplication(Self.topology(), settings)
        try second.start()
        #expect(second.waitUntil(.running, timeout: .seconds(20)))
        try test.eventually("all orders are joined") { try test.read("out").count == 400 }
        let all = wanted(0..<200).merging(wanted(200..<400, plus: 1)) { _, new in new }
        #expect(try joined(test) == all)
        #expect(second.restoreReports.reduce(0) { $0 + $1.restoredRecords } == 200)
        #expect(second.restoreReports.allSatisfy { $0.rebuild == nil && $0.isComplete })
        #expect(second.close(timeout: .seconds(20)))
    }

    @Test(
        "rows whose records the topic has lost before they were read are lost here too: the table is made anew",
        arguments: Engine.available)
    func rebuild(engine: Engine) throws {
        let test = try TestCluster(engine)
        for topic in ["users", "orders", "out"] { try test.create(topic) }
        try test.produce("users", users(0..<10))
        let first = try StreamsApplication(Self.topology(), configuration(test))
        try first.start()
        #expect(first.waitUntil(.running, timeout: .seconds(20)))
        #expect(first.close(timeout: .seconds(20)))
        try test.produce("users", users(10..<30))
        try test.cluster.admin.deleteRecords(before: Offset(20), in: TopicPartition("users", 0))
        let second = try StreamsApplication(Self.topology(), configuration(test))
        try second.start()
        #expect(second.waitUntil(.running, timeout: .seconds(20)))
        let view = try second.store("users", .keyValue(String.self, Int64.self))
        #expect(try Set(view.all().map(\.key)) == Set((20..<30).map { "u\($0)" }))
        #expect(
            second.restoreReports.map(\.rebuild) == [
                .checkpointOutsideLog(checkpoint: Offset(10), logStart: Offset(20), logEnd: Offset(30))
            ])
        #expect(second.close(timeout: .seconds(20)))
    }

    @Test("bad records go to the deserialization handler, also while the table is loaded", arguments: Engine.available)
    func badRecords(engine: Engine) throws {
        let test = try cluster(engine)
        try test.produce("users", users(0..<10) + [("bad", "x", 1)])
        try test.create("letters")
        let skipping = ErrorHandlers(deserialization: { failed in
            failed.source?.topic == "users" ? .deadLetter(topic: "letters") : .fail
        })
        let application = try StreamsApplication(Self.topology(), configuration(test, handlers: skipping))
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        #expect(application.globalTables.first?.dropped == [.undecodable: 1])
        try test.produce("users", [("bad", "y", 2), ("good", "3", 3)])
        try waitForTable(application, test, records: 13)
        #expect(application.globalTables.first?.dropped == [.undecodable: 2])
        #expect(try application.store("users", .keyValue(String.self, Int64.self)).get("good") == 3)
        // Nothing is written without a task.
        #expect(try test.read("letters").isEmpty)
        #expect(application.close(timeout: .seconds(20)))

        try test.produce("orders", orders(0..<10))
        var settings = configuration(test)
        settings.stateDirectory += "-other"
        let failing = try StreamsApplication(Self.topology(), settings)
        try failing.start()
        #expect(failing.waitUntil(.error, timeout: .seconds(20)))
        #expect(failing.error?.code == .recordFailed)
        #expect(try test.read("out").isEmpty)
        #expect(failing.close(timeout: .seconds(20)))
    }

    @Test("an application can be closed while its tables are loaded", arguments: Engine.available)
    func closeWhileLoading(engine: Engine) throws {
        let test = try cluster(engine)
        try test.produce("users", users(0..<1_000))
        for _ in 0..<10 {
            let application = try StreamsApplication(Self.topology(), configuration(test))
            try application.start()
            #expect(application.close(timeout: .seconds(20)))
            #expect(application.state == .notRunning)
        }
    }

    @Test("a missing topic is refused at the start", arguments: Engine.available)
    func missingTopic(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("orders")
        try test.create("out")
        let application = try StreamsApplication(Self.topology(), configuration(test))
        #expect(throws: StreamsError.self) { try application.start() }
    }
}

/// Integers in decimal, so that tests can write them, and bad ones, as text.
private struct DecimalSerde: Serde {
    struct NotDecimal: Error {}

    func serialize(_ value: Int64, into writer: inout ByteWriter) { writer.append(utf8: "\(value)") }

    func deserialize(_ bytes: RawSpan) throws -> Int64 {
        guard let value = Int64(bytes.lossyUTF8) else { throw NotDecimal() }
        return value
    }
}

extension Serde where Self == DecimalSerde {
    fileprivate static var decimal: DecimalSerde { DecimalSerde() }
}
