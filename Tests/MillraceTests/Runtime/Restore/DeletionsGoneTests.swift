import Millrace
import MillraceCluster
import MillraceCore
import Testing

/// Compaction removes deletions from a changelog after `delete.retention.ms`. A store that was away for so long is read
/// anew, for it may hold what was deleted meanwhile (SEMANTICS I5).
@Suite("Stores that were away for long", .serialized)
struct DeletionsGoneTests {
    private typealias Counting = CountingApplication
    private static let hour: Int64 = 3_600_000

    private func application(
        _ test: TestCluster, _ instance: Int, _ clock: MovedClock, standbys: Int = 0
    ) throws -> StreamsApplication {
        var configuration = Counting.configuration(test, instance: instance)
        configuration.clock = clock
        configuration.standbyReplicas = standbys
        let application = try StreamsApplication(Counting.topology(), configuration)
        try application.start()
        return application
    }

    /// Counts words on an instance, closes it, and lets another one go on: the first one's store lacks something.
    private func leaveBehind(_ test: TestCluster, _ clock: MovedClock) throws {
        try Counting.createTopics(test, partitions: 1)
        let first = try application(test, 1, clock)
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        #expect(first.close(timeout: .seconds(20)))
        let second = try application(test, 2, clock)
        try test.produce("words", Counting.words(400..<800))
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<800) }
        #expect(second.close(timeout: .seconds(20)))
    }

    @Test(
        "the tail of the changelog is read while all deletions must be there, and all of it later",
        arguments: [(20, true), (23, false), (500, false)] as [(Int64, Bool)])
    func tail(hours: Int64, isKept: Bool) throws {
        let test = try TestCluster()
        let clock = MovedClock()
        try leaveBehind(test, clock)
        clock.advance(hours: hours)
        let back = try application(test, 1, clock)
        #expect(back.waitUntil(.running, timeout: .seconds(20)))
        let report = try #require(back.restoreReports.first)
        if isKept {
            #expect(report.rebuild == nil && report.from == report.checkpoint, "\(report)")
        } else {
            guard case .deletionsMayBeGone(_, .seconds(86_400)) = report.rebuild else {
                Issue.record("\(report)")
                return
            }
            #expect(report.from == .zero && report.restoredRecords >= 80)
        }
        try test.produce("words", Counting.words(800..<1_000))
        try test.eventually("right") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        #expect(back.close(timeout: .seconds(20)))
        // Read anew, it holds all there is.
        let again = try application(test, 1, clock)
        #expect(again.waitUntil(.running, timeout: .seconds(20)))
        #expect(again.restoreReports.allSatisfy { $0.rebuild == nil })
        #expect(again.close(timeout: .seconds(20)))
    }

    @Test("a topic that keeps deletions for longer is believed")
    func setting() throws {
        let test = try TestCluster()
        let clock = MovedClock()
        try test.cluster.admin.createTopic(
            TopicSpecification(
                name: "app-counts-changelog", partitionCount: 1,
                configuration: ["cleanup.policy": "compact", "delete.retention.ms": "\(1_000 * Self.hour)"]))
        try leaveBehind(test, clock)
        clock.advance(hours: 500)
        let back = try application(test, 1, clock)
        #expect(back.waitUntil(.running, timeout: .seconds(20)))
        #expect(back.restoreReports.first?.rebuild == nil)
        #expect(back.close(timeout: .seconds(20)))
    }

    @Test("an owner without input knows all the same that nothing is lacking")
    func idle() throws {
        let test = try TestCluster()
        let clock = MovedClock()
        try Counting.createTopics(test, partitions: 1)
        let first = try application(test, 1, clock)
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        // Twice, since the last commit of the words may be counted after they have been seen.
        for hours in [30, 2] as [Int64] {
            let commits = first.metrics.threads[0].commitLatency.count
            clock.advance(hours: hours)
            try test.eventually("committed") { first.metrics.threads[0].commitLatency.count > commits }
        }
        #expect(first.close(timeout: .seconds(20)))
        let second = try application(test, 2, clock)
        try test.produce("words", Counting.words(400..<800))
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<800) }
        #expect(second.close(timeout: .seconds(20)))
        clock.advance(hours: 18)
        let back = try application(test, 1, clock)
        #expect(back.waitUntil(.running, timeout: .seconds(20)))
        #expect(back.restoreReports.first?.rebuild == nil, "\(back.restoreReports)")
        #expect(back.close(timeout: .seconds(20)))
    }

    @Test("a copy that follows its owner is as new as what it has read")
    func standby() throws {
        let test = try TestCluster()
        let clock = MovedClock()
        try Counting.createTopics(test, partitions: 1)
        let first = try application(test, 1, clock, standbys: 1)
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        let second = try application(test, 2, clock, standbys: 1)
        func isWarm() throws -> Bool {
            try second.localStoreLags()["counts"]?[0].map { $0.role == .standby && $0.lag == 0 } ?? false
        }
        try test.eventually("warm") { try isWarm() }
        clock.advance(hours: 30)
        // Twice, since the first may come by a poll that has begun before.
        for end in [600, 800] {
            try test.produce("words", Counting.words(end - 200..<end))
            try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<end) }
            try test.eventually("warm again") { try isWarm() }
        }
        #expect(second.close(timeout: .seconds(20)))
        try test.produce("words", Counting.words(800..<1_200))
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<1_200) }
        #expect(first.close(timeout: .seconds(20)))
        clock.advance(hours: 20)
        let back = try application(test, 2, clock)
        #expect(back.waitUntil(.running, timeout: .seconds(20)))
        #expect(back.restoreReports.first?.rebuild == nil, "\(back.restoreReports)")
        #expect(back.close(timeout: .seconds(20)))
    }
}
