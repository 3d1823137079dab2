import EngineKit
import MillraceCluster
import MillraceCore
import Testing

@testable import Millrace

/// A global table whose instance was away for longer than its topic keeps deletions is loaded anew, for it may hold
/// what was deleted meanwhile (SEMANTICS I5).
@Suite("Global tables that were away for long", .serialized)
struct GlobalDeletionsTests {
    private static let hour: Int64 = 3_600_000

    private func application(_ test: TestCluster, _ clock: MovedClock) throws -> StreamsApplication {
        let builder = StreamsBuilder()
        let users = builder.globalTable(
            "users", Consumed(key: .string, value: .string), materialized: .as("users"))
        builder.stream("orders", Consumed(key: .string, value: .string))
            .leftJoin(users, key: { _, user in user }) { order, user in user ?? order }
            .to("out", Produced(key: .string, value: .string))
        var configuration = StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
            commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
            heartbeatInterval: .milliseconds(100), flushInterval: .milliseconds(20))
        configuration.clock = clock
        let application = try StreamsApplication(try builder.build(), configuration)
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        return application
    }

    /// Topics, of which that of the table is compacted as soon as it can be.
    private func cluster(deleteRetention: Int64 = 24 * hour) throws -> TestCluster {
        let test = try TestCluster()
        try test.cluster.admin.createTopic(
            TopicSpecification(
                name: "users", partitionCount: 2,
                configuration: [
                    "cleanup.policy": "compact", "delete.retention.ms": "\(deleteRetention)",
                    "min.cleanable.dirty.ratio": "0", "segment.ms": "1000",
                ]))
        for topic in ["orders", "out"] { try test.create(topic) }
        return test
    }

    /// Nil deletes.
    private func put(_ test: TestCluster, _ rows: [(key: String, value: String?)]) throws {
        let users = try TopicProducer(test.cluster, topic: "users", Produced(key: .string, value: .string))
        for row in rows { try users.send(row.key, row.value, at: SystemClock().now()) }
        try users.flush()
        users.close()
    }

    private func rows(_ application: StreamsApplication) throws -> [String: String] {
        let view = try application.store("users", .keyValue(String.self, String.self))
        return Dictionary(uniqueKeysWithValues: try view.all().map { ($0.key, $0.value) })
    }

    private func deletionsMayBeGone(_ report: RestoreReport) -> Bool {
        if case .deletionsMayBeGone = report.rebuild { true } else { false }
    }

    @Test(
        "the topic's tail is read while all deletions must be there, and all of it later",
        arguments: [(20, true), (23, false), (500, false)] as [(Int64, Bool)])
    func tail(hours: Int64, isKept: Bool) throws {
        let test = try cluster()
        let clock = MovedClock()
        try put(test, (0..<20).map { ("u\($0)", "\($0)") })
        #expect(try application(test, clock).close(timeout: .seconds(20)))
        try put(test, [("u3", nil), ("u4", "new")])
        clock.advance(hours: hours)

        let back = try application(test, clock)
        #expect(back.restoreReports.count == 2)
        for report in back.restoreReports {
            #expect(deletionsMayBeGone(report) == !isKept, "\(report)")
            #expect((report.from == .zero) == !isKept, "\(report)")
        }
        #expect(try rows(back).count == 19)
        #expect(try rows(back)["u4"] == "new")
        #expect(back.close(timeout: .seconds(20)))
        // Loaded anew, it holds all there is.
        try put(test, [("u5", "new")])
        let again = try application(test, clock)
        #expect(again.restoreReports.allSatisfy { $0.rebuild == nil && $0.from > .zero })
        #expect(again.close(timeout: .seconds(20)))
    }

    @Test("a row whose deletion compaction has removed meanwhile is gone from the table")
    func compacted() throws {
        let test = try cluster(deleteRetention: Self.hour)
        let clock = MovedClock()
        try put(test, (0..<20).map { ("u\($0)", "\($0)") })
        #expect(try application(test, clock).close(timeout: .seconds(20)))
        try put(test, [("u3", nil)])
        // One to close segments, one in which compaction meets the deletion, one in which it removes it.
        for round in 0..<3 {
            clock.advance(hours: 2)
            // Behind what is to be compacted, in all partitions: the newest segment stays as it is.
            try put(test, (0..<20).map { ("round \(round) \($0)", "") })
            test.tick(now: clock.now())
        }
        #expect(try test.read("users").contains { $0.key == "u3" } == false)

        let back = try application(test, clock)
        #expect(back.restoreReports.allSatisfy(deletionsMayBeGone))
        #expect(try rows(back)["u3"] == nil)
        #expect(try rows(back)["u4"] == "4")
        #expect(back.close(timeout: .seconds(20)))
    }

    @Test("a table without news knows all the same that nothing is lacking")
    func idle() throws {
        let test = try cluster()
        let clock = MovedClock()
        try put(test, (0..<20).map { ("u\($0)", "\($0)") })
        let first = try application(test, clock)
        clock.advance(hours: 30)
        let positions = GlobalPositions(path: test.stateDirectory + "/app/global/users.positions")
        let wanted = clock.now().advanced(byMilliseconds: -Self.hour)
        try test.eventually("noted") {
            try positions.read(from: FileSystemDisk())?.caughtUp.map { $0 > wanted } ?? false
        }
        #expect(first.close(timeout: .seconds(20)))
        try put(test, [("u3", nil)])
        clock.advance(hours: 18)
        let back = try application(test, clock)
        #expect(back.restoreReports.allSatisfy { $0.rebuild == nil && $0.from > .zero }, "\(back.restoreReports)")
        #expect(try rows(back).count == 19)
        #expect(back.close(timeout: .seconds(20)))
    }

    @Test("a copy was complete when the ends that were asked for have been read")
    func lastComplete() {
        let start = Timestamp(1_000_000)
        var last = LastComplete(nil)
        func isDue(_ milliseconds: Int64) -> Bool { last.isDue(start.advanced(byMilliseconds: milliseconds)) }
        #expect(isDue(0))
        // Nobody has answered: not again at once.
        #expect(!isDue(59_999))
        #expect(isDue(60_000))
        last.ask([0: Offset(5), 1: Offset(7)], asOf: start)
        last.reach { _ in Offset(6) }
        #expect(last.time == nil)
        #expect(!isDue(10 * Self.hour))
        last.reach { _ in Offset(7) }
        #expect(last.time == start)
        #expect(!isDue(Self.hour - 1))
        #expect(isDue(Self.hour))
    }
}
