import EngineKit
import Millrace
import MillraceCore
import Testing

@Suite("Queries of sessions", .serialized)
struct SessionViewTests {
    private func window(_ start: Int64, _ end: Int64) -> Window { Window(start: Timestamp(start), end: Timestamp(end)) }

    private func application(_ test: TestCluster) throws -> StreamsApplication {
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string)).groupByKey()
            .windowed(by: .session(gap: .milliseconds(10), grace: .seconds(3_600)))
            .count(Materialized(as: "visits", key: .string, value: .int64))
            .toStream { key, _ in key.key }.to("out", Produced(key: .string, value: .int64))
        return try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
                commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
                heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
                transactionTimeout: .seconds(1)))
    }

    @Test("by key, by key and time, and all; the same after a restart", arguments: Engine.available)
    func fetch(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 3)
        try test.create("out")
        var records: [(key: String, value: String, timestamp: Int64)] = []
        for key in 0..<700 { records.append(("k\(key)", "", 5)) }
        for time in [100, 105, 200, 300, 310, 95] as [Int64] { records.append(("ada", "", time)) }
        try test.produce("words", records)
        for isRestarted in [false, true] {
            let application = try application(test)
            try application.start()
            #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
            let visits = try application.store("visits", .session(String.self, Int64.self))
            try test.eventually("all counted, restarted: \(isRestarted)") {
                try visits.all().reduce(0) { $0 + $1.value } == 706
            }
            let ofAda = try visits.fetch("ada")
            #expect(ofAda.map(\.window) == [window(95, 105), window(200, 200), window(300, 310)])
            #expect(ofAda.map(\.value) == [3, 1, 2])
            #expect(try visits.fetch("nobody").isEmpty)
            let middle = try visits.fetch("ada", from: Timestamp(105), to: Timestamp(300))
            #expect(middle.map(\.window) == ofAda.map(\.window))
            let around = try visits.fetch("ada", from: Timestamp(106), to: Timestamp(299))
            #expect(around.map(\.window) == [window(200, 200)])
            #expect(try visits.get("ada", window(300, 310)) == 2)
            #expect(try visits.get("ada", window(300, 300)) == nil)
            #expect(try visits.get("ada", window(310, 300)) == nil)
            let all = try visits.all()
            #expect(all.count == 703)
            #expect(Set(all.map { "\($0.key) \($0.window)" }).count == 703)
            #expect(try visits.approximateCount() >= 703)
            #expect(application.close(timeout: .seconds(20)))
            #expect(application.error == nil)
        }
    }

    @Test("a store of another kind or of other types is named", arguments: Engine.available)
    func wrongType(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words")
        try test.create("out")
        let application = try application(test)
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        let view = try application.store("visits", .window(String.self, Int64.self))
        #expect(throws: QueryError.self) { try view.all() }
        #expect(application.close(timeout: .seconds(20)))
    }
}
