import EngineKit
import Millrace
import MillraceCore
import Testing

@Suite("Queries of sliding windows", .serialized)
struct SlidingWindowViewTests {
    private func application(_ test: TestCluster) throws -> StreamsApplication {
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string)).groupByKey()
            .windowed(by: .sliding(difference: .milliseconds(10), grace: .seconds(3_600)))
            .count(Materialized(as: "nearby", key: .string, value: .int64))
            .toStream { key, _ in key.key }.to("out", Produced(key: .string, value: .int64))
        return try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
                commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
                heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
                transactionTimeout: .seconds(1)))
    }

    @Test("by key and start, by key and time, and all; the same after a restart", arguments: Engine.available)
    func fetch(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 3)
        try test.create("out")
        var records: [(key: String, value: String, timestamp: Int64)] = []
        for key in 0..<1_100 { records.append(("k\(key)", "", 50)) }
        for time in [100, 105, 200] as [Int64] { records.append(("ada", "", time)) }
        try test.produce("words", records)
        for isRestarted in [false, true] {
            let application = try application(test)
            try application.start()
            #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
            let nearby = try application.store("nearby", .slidingWindow(String.self, Int64.self))
            // Of ada's records: [90, 100], [101, 111], [95, 105] and [190, 200].
            try test.eventually("all counted, restarted: \(isRestarted)") { try nearby.all().count == 1_104 }
            let ofAda = try nearby.fetch("ada", from: .epoch, to: Timestamp(1_000))
            #expect(ofAda.map(\.windowStart.millisecondsSinceEpoch) == [90, 95, 101, 190])
            #expect(ofAda.map(\.value) == [1, 2, 1, 1])
            let some = try nearby.fetch("ada", from: Timestamp(91), to: Timestamp(101))
            #expect(some.map(\.windowStart.millisecondsSinceEpoch) == [95, 101])
            #expect(try nearby.fetch("ada", from: Timestamp(-5), to: Timestamp(-1)).isEmpty)
            #expect(try nearby.fetch("nobody", from: .epoch, to: Timestamp(1_000)).isEmpty)
            #expect(try nearby.get("ada", windowStart: Timestamp(95)) == 2)
            #expect(try nearby.get("ada", windowStart: Timestamp(96)) == nil)
            #expect(try nearby.get("ada", windowStart: Timestamp(-1)) == nil)
            #expect(Set(try nearby.all().map { "\($0.key) \($0.windowStart)" }).count == 1_104)
            #expect(try nearby.approximateCount() >= 1_104)
            #expect(application.close(timeout: .seconds(20)))
            #expect(application.error == nil)
        }
    }
}
