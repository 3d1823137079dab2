import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@Suite("Standby tasks", .serialized)
struct StandbyTests {
    private typealias Counting = CountingApplication

    private func configuration(_ test: TestCluster, instance: Int) -> StreamsConfiguration {
        var configuration = Counting.configuration(test, instance: instance)
        configuration.standbyReplicas = 1
        configuration.applicationServer = HostInfo(host: "host", port: 1 + instance)
        return configuration
    }

    private func isWarm(_ application: StreamsApplication, tasks: Int) -> Bool {
        let standbys = application.metrics.standbys
        return application.state == .running && standbys.count == tasks && standbys.allSatisfy { $0.lag == 0 }
    }

    @Test("an owner that vanishes is replaced without a restore", arguments: Engine.available, [false, true])
    func takeover(engine: Engine, inMemory: Bool) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        let topology = try Counting.topology(inMemory: inMemory)
        let first = try StreamsApplication(topology, configuration(test, instance: 1))
        let second = try StreamsApplication(topology, configuration(test, instance: 2))
        try first.start()
        try second.start()
        try test.eventually("each keeps two warm") { isWarm(first, tasks: 2) && isWarm(second, tasks: 2) }
        try test.produce("words", Counting.words(0..<8_000, keys: 400))
        let half = Counting.fold(0..<8_000, keys: 400)
        try test.eventually("counted") { try test.latest("counts-out") == half }
        try test.eventually("warm") {
            isWarm(second, tasks: 2) && second.metrics.standbys.reduce(0) { $0 + $1.restoredRecords } >= 150
        }
        let key = try #require(try second.metadata(forKey: "k7", .string, inStore: "counts"))
        #expect(key.standbys.count == 1 && key.standbys.first?.host != key.active.host)
        let before = second.restoreReports.count
        first.abandon()
        try test.eventually("the other has all") { second.state == .running && second.runningTaskCount == 4 }
        let taken = second.restoreReports.dropFirst(before)
        #expect(taken.count == 2)
        #expect(taken.allSatisfy { $0.wasWarm && $0.rebuild == nil && $0.restoredRecords == 0 }, "\(taken)")
        try test.produce("words", Counting.words(8_000..<9_000, keys: 400))
        let all = Counting.fold(0..<9_000, keys: 400)
        try test.eventually("counted on") { try test.latest("counts-out") == all }
        try test.eventually("the stores are complete") {
            guard let counts = try? second.store("counts", .keyValue(String.self, Int64.self)) else { return false }
            return try Dictionary(uniqueKeysWithValues: counts.all().map { ($0.key, $0.value) }) == all
        }
        #expect(second.close(timeout: .seconds(20)))
        #expect(second.error == nil, "\(String(describing: second.error))")
    }

    @Test(
        "the partitions of an owner that vanishes are served again when its session is over, and little later",
        arguments: Engine.available)
    func takeoverTime(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 1)
        let topology = try Counting.topology()
        let first = try StreamsApplication(topology, configuration(test, instance: 1))
        try first.start()
        try test.produce("words", Counting.words(0..<20_000, keys: 20_000))
        try test.eventually("counted") { try test.latest("counts-out").count == 20_000 }
        let second = try StreamsApplication(topology, configuration(test, instance: 2))
        try second.start()
        try test.eventually("warm") {
            isWarm(second, tasks: 1) && second.metrics.standbys.allSatisfy { $0.restoredRecords >= 20_000 }
        }
        first.abandon()
        let start = ContinuousClock.now
        try test.produce("words", [("k7", "v", 1)])
        try test.eventually("served") { try test.latest("counts-out")["k7"] == 2 }
        let unserved = ContinuousClock.now - start
        let session = Counting.configuration(test).sessionTimeout
        // Over the wire, heartbeats of an abandoned application go on until it has not polled for so long.
        let silence: Duration = engine == .embedded ? .zero : engine.rebalanceTimeout
        #expect(unserved < session + silence + .seconds(3), "\(unserved)")
        #expect(second.restoreReports.last?.wasWarm ?? false)
        #expect(second.close(timeout: .seconds(20)))
    }

    @Test(
        "what a standby has read is on its disk when it ends: the next start reads only the rest",
        arguments: Engine.available)
    func restart(engine: Engine) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 2)
        let topology = try Counting.topology()
        let first = try StreamsApplication(topology, configuration(test, instance: 1))
        try first.start()
        #expect(first.waitUntil(.running, timeout: .seconds(20)))
        try test.produce("words", Counting.words(0..<1_000))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<1_000) }
        let second = try StreamsApplication(topology, configuration(test, instance: 2))
        try second.start()
        try test.eventually("warm") { isWarm(first, tasks: 1) && isWarm(second, tasks: 1) }
        #expect(second.close(timeout: .seconds(20)))
        #expect(first.close(timeout: .seconds(20)))
        let again = try StreamsApplication(topology, configuration(test, instance: 2))
        try again.start()
        #expect(again.waitUntil(.running, timeout: .seconds(20)))
        #expect(again.restoreReports.count == 2)
        #expect(again.restoreReports.allSatisfy { $0.checkpoint != nil && $0.restoredRecords == 0 && !$0.wasWarm })
        #expect(again.close(timeout: .seconds(20)))
    }

    @Test(
        "a standby of a table that is restored from its topic reads no further than is committed",
        arguments: Engine.available)
    func sourceChangelog(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.cluster.admin.createTopic(
            TopicSpecification(name: "rows", partitionCount: 2, configuration: ["cleanup.policy": "compact"]))
        let builder = StreamsBuilder(optimization: .all)
        _ = builder.table("rows", Consumed(key: .string, value: .string), materialized: .as("rows"))
        let topology = try builder.build()
        func rows(_ range: Range<Int>) -> [(key: String, value: String, timestamp: Int64)] {
            range.map { ("k\($0 % 30)", "row\($0)", Int64($0)) }
        }
        let first = try StreamsApplication(topology, configuration(test, instance: 1))
        let second = try StreamsApplication(topology, configuration(test, instance: 2))
        try first.start()
        try second.start()
        try test.eventually("each keeps one warm") { isWarm(first, tasks: 1) && isWarm(second, tasks: 1) }
        try test.produce("rows", rows(0..<300))
        try test.eventually("read") { second.metrics.standbys.reduce(0) { $0 + $1.restoredRecords } >= 100 }
        // The owners stand still: what they have not committed is not the standbys'.
        let read = second.metrics.standbys
        first.pause()
        second.pause()
        try test.produce("rows", rows(300..<330))
        first.abandon()
        try test.eventually("the other has both") { second.state == .running && second.runningTaskCount == 2 }
        #expect(second.restoreReports.last?.wasWarm ?? false)
        #expect(second.restoreReports.last?.restoredRecords == 0, "\(read)")
        second.resume()
        let expected = rows(300..<330).reduce(into: [String: String]()) { $0[$1.key] = $1.value }
        try test.eventually("the table is complete") {
            guard let view = try? second.store("rows", .keyValue(String.self, String.self)) else { return false }
            return try Dictionary(uniqueKeysWithValues: view.all().map { ($0.key, $0.value) }) == expected
        }
        #expect(second.close(timeout: .seconds(20)))
    }

    @Test(
        "instances come, go and vanish at random, and the result is that of a plain fold",
        arguments: Engine.onEveryClient,
        [1, 2, 3, 4])
    func property(engine: Engine, seed: UInt64) throws {
        let test = try TestCluster(engine)
        try Counting.createTopics(test, partitions: 4)
        let topology = try Counting.topology()
        let dice = SeededEntropy(seed: seed)
        var live: [StreamsApplication] = []
        var produced = 0
        var started = 0
        func start() throws {
            // A vanished instance keeps its directory: each has one of its own.
            started += 1
            let application = try StreamsApplication(topology, configuration(test, instance: started))
            try application.start()
            live.append(application)
        }
        for _ in 0..<2 { try start() }
        for _ in 0..<12 {
            switch dice.next() % 6 {
            case 0 where live.count > 1: live.remove(at: Int(dice.next() % UInt64(live.count))).abandon()
            case 1 where live.count > 1:
                #expect(live.remove(at: Int(dice.next() % UInt64(live.count))).close(timeout: .seconds(30)))
            case 2 where live.count < 3: try start()
            case 3: try test.eventually("all run", timeout: .seconds(30)) { live.allSatisfy { $0.state == .running } }
            default: break
            }
            let count = Int(dice.next() % 500)
            try test.produce("words", Counting.words(produced..<produced + count, keys: 100))
            produced += count
        }
        let expected = Counting.fold(0..<produced, keys: 100)
        try test.eventually("counted, seed \(seed)", timeout: .seconds(40)) {
            try test.latest("counts-out") == expected
        }
        try test.eventually("stores, seed \(seed)", timeout: .seconds(20)) {
            var all: [String: Int64] = [:]
            for application in live {
                guard let view = try? application.store("counts", .keyValue(String.self, Int64.self)),
                    let rows = try? view.all()
                else { return false }
                for (key, value) in rows { all[key] = value }
            }
            return all == expected
        }
        for application in live {
            #expect(application.close(timeout: .seconds(30)))
            #expect(application.error == nil, "seed \(seed): \(String(describing: application.error))")
        }
    }
}
