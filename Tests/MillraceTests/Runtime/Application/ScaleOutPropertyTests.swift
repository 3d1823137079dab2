import Millrace
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

/// Several instances over 8 partitions, with a repartition topic, a windowed count and a join, of which one vanishes,
/// ends or joins every few moments. The checker knows the input and nothing of instances.
@Suite("Work shared by instances that come and go", .serialized)
struct ScaleOutPropertyTests {
    private static let partitions: Int32 = 8
    private static let people = 50

    private static func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let names = builder.table("names", Consumed(key: .string, value: .string), materialized: .as("names"))
        let visits = builder.stream("visits", Consumed(key: .string, value: .string))
        visits.join(names, Joined(key: .string, value: .string)) { visit, name in "\(visit) by \(name)" }
            .to("enriched", Produced(key: .string, value: .string))
        visits.selectKey { _, visit in String(visit.prefix { $0 != "#" }) }
            .groupByKey(Grouped(key: .string, value: .string))
            .windowed(by: .tumbling(size: .milliseconds(100), grace: .seconds(86_400)))
            .count(Materialized(as: "pages", key: .string, value: .int64))
            .toStream(key: { row, _ in "\(row.key)@\(row.window.start.millisecondsSinceEpoch)" })
            .to("page-counts", Produced(key: .string, value: .int64))
        return try builder.build()
    }

    private func configuration(
        _ test: TestCluster, instance: Int, _ guarantee: ProcessingGuarantee
    ) -> StreamsConfiguration {
        var configuration = StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory + "\(instance)",
            threads: 1 + instance % 2, standbyReplicas: 1, guarantee: guarantee, commitInterval: .milliseconds(20),
            sessionTimeout: .seconds(1), heartbeatInterval: .milliseconds(100), transactionTimeout: .seconds(1))
        configuration.flushInterval = .milliseconds(200)
        return configuration
    }

    private func visit(_ number: Int) -> (key: String, value: String, timestamp: Int64) {
        ("p\(number % Self.people)", "page\(number % 7)#\(number)", Int64(1_000 + number / 4))
    }

    /// Runs instances at random while input flows, and returns how much input there was once they have caught up.
    private func run(_ test: TestCluster, seed: UInt64, _ guarantee: ProcessingGuarantee) throws -> Int {
        for topic in ["names", "visits", "enriched", "page-counts"] {
            try test.create(topic, partitions: Self.partitions)
        }
        try test.produce("names", (0..<Self.people).map { ("p\($0)", "name\($0)", 0) })
        let topology = try Self.topology()
        let dice = SeededEntropy(seed: seed)
        var live: [StreamsApplication] = []
        var produced = 0
        var started = 0
        for step in 0..<10 {
            let one = live.isEmpty ? 0 : Int(dice.next() % UInt64(live.count))
            switch dice.next() % 5 {
            case 0 where live.count > 1: live.remove(at: one).abandon()
            case 1 where live.count > 1: #expect(live.remove(at: one).close(timeout: .seconds(30)))
            case 2 where step > 2:
                try test.eventually("all run, seed \(seed)", timeout: .seconds(30)) {
                    live.allSatisfy { $0.state == .running }
                }
            case _ where live.count < 3:
                started += 1
                let application = try StreamsApplication(
                    topology, configuration(test, instance: started, guarantee))
                try application.start()
                live.append(application)
            default: break
            }
            let count = Int(dice.next() % 600)
            try test.produce("visits", (produced..<produced + count).map(visit))
            produced += count
        }
        let expected = expectedCounts(produced)
        try test.eventually("caught up, seed \(seed)", timeout: .seconds(60)) {
            let counts = try test.latest("page-counts")
            guard expected.allSatisfy({ counts[$0.key, default: 0] >= $0.value }) else { return false }
            return Set(try test.read("enriched").compactMap(\.text)).count == produced
        }
        for application in live {
            #expect(application.close(timeout: .seconds(30)))
            #expect(application.error == nil, "seed \(seed): \(String(describing: application.error))")
        }
        return produced
    }

    private func expectedCounts(_ produced: Int) -> [String: Int64] {
        (0..<produced).reduce(into: [:]) { counts, number in
            counts["page\(number % 7)@\((1_000 + number / 4) / 100 * 100)", default: 0] += 1
        }
    }

    @Test("exactly once: the output is a plain fold of the input", arguments: [11, 12, 13] as [UInt64])
    func exactlyOnce(seed: UInt64) throws {
        let test = try TestCluster()
        let produced = try run(test, seed: seed, .exactlyOnce)
        #expect(try test.latest("page-counts") == expectedCounts(produced), "seed \(seed)")
        let enriched = try test.read("enriched").compactMap(\.text).sorted()
        #expect(enriched == (0..<produced).map { "\(visit($0).value) by name\($0 % Self.people)" }.sorted())
    }

    @Test("at least once: nothing is lost", arguments: [21, 22] as [UInt64])
    func atLeastOnce(seed: UInt64) throws {
        let test = try TestCluster()
        let produced = try run(test, seed: seed, .atLeastOnce)
        let counts = try test.latest("page-counts")
        for (key, count) in expectedCounts(produced) {
            #expect(counts[key, default: 0] >= count, "seed \(seed): \(key)")
        }
        let enriched = Set(try test.read("enriched").compactMap(\.text))
        #expect(enriched == Set((0..<produced).map { "\(visit($0).value) by name\($0 % Self.people)" }))
    }
}
