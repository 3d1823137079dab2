import Millrace
import MillraceCluster
import MillraceCore
import Testing

/// Copies of stores that follow their owners answer those who ask for them (KIP-535).
@Suite("Queries to copies that lag", .serialized)
struct StaleStoreTests {
    private typealias Counting = CountingApplication
    private static let counts = QueryableStoreType.keyValue(String.self, Int64.self)

    private func configuration(_ test: TestCluster, instance: Int) -> StreamsConfiguration {
        var configuration = Counting.configuration(test, instance: instance)
        configuration.standbyReplicas = 1
        configuration.flushInterval = .milliseconds(50)
        return configuration
    }

    private func rows(_ application: StreamsApplication, includingStale: Bool) throws -> [String: Int64] {
        let view = try application.store("counts", Self.counts, includingStale: includingStale)
        return try Dictionary(view.all().map { ($0.key, $0.value) }) { first, _ in first }
    }

    @Test("an instance answers for the stores that it keeps warm, and says how far they are", arguments: [false, true])
    func standby(inMemory: Bool) throws {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 2)
        let topology = try Counting.topology(inMemory: inMemory)
        let first = try StreamsApplication(topology, configuration(test, instance: 1))
        let second = try StreamsApplication(topology, configuration(test, instance: 2))
        try first.start()
        try second.start()
        try test.eventually("one task each, one copy each") {
            [first, second].allSatisfy { application in
                guard application.state == .running, let lags = try? application.localStoreLags()["counts"]
                else { return false }
                return lags.count == 2 && lags.values.count { $0.role == .standby } == 1
                    && lags.values.count { $0.role == .running } == 1
            }
        }
        // In steps, so that rows which a query has brought to memory are overwritten, written down and read again.
        for step in 0..<8 {
            try test.produce("words", Counting.words(step * 500..<(step + 1) * 500, keys: 100))
            let expected = Counting.fold(0..<(step + 1) * 500, keys: 100)
            for application in [first, second] {
                try test.eventually("all rows, step \(step)") {
                    try rows(application, includingStale: true) == expected
                }
                let own = try rows(application, includingStale: false)
                #expect(own.count < 100 && own.allSatisfy { expected[$0.key] == $0.value })
            }
        }
        let all = Counting.fold(0..<4_000, keys: 100)
        let found = try #require(try second.metadata(forKey: "k7", .string, inStore: "counts"))
        for application in [first, second] {
            let view = try application.store(
                "counts", Self.counts, includingStale: true, partition: found.partition)
            #expect(try view.get("k7") == all["k7"])
            #expect(try view.all().count < 100)
            let nowhere = try application.store("counts", Self.counts, includingStale: true, partition: 9)
            #expect(throws: QueryError.notHere(store: "counts")) { try nowhere.get("k7") }
            try test.eventually("nothing is lacking") {
                try application.localStoreLags()["counts"]?.values.allSatisfy { $0.lag == 0 } ?? false
            }
        }
        // The owner is gone: the copy answers, but for the moment in which it becomes the store, and always rightly.
        first.abandon()
        #expect(try rows(second, includingStale: true) == all)
        try test.eventually("taken over") {
            if let found = try? rows(second, includingStale: true) {
                #expect(found.allSatisfy { all[$0.key] == $0.value })
            }
            return second.state == .running && second.runningTaskCount == 2
        }
        #expect(try rows(second, includingStale: false) == all)
        #expect(second.close(timeout: .seconds(20)))
        #expect(throws: QueryError.self) { try rows(second, includingStale: true) }
    }

    @Test("a store that is restored answers with what it has, for those who want that")
    func restoring() throws {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 1)
        let topology = try Counting.topology()
        let first = try StreamsApplication(topology, Counting.configuration(test, instance: 1))
        try first.start()
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        #expect(first.close(timeout: .seconds(20)))

        let flaky = FlakyCluster(test.cluster, failures: 40)
        var configuration = Counting.configuration(test, instance: 2)
        configuration.cluster = flaky
        let second = try StreamsApplication(topology, configuration)
        try second.start()
        try test.eventually("it restores") { try second.localStoreLags()["counts"]?[0]?.role == .restoring }
        let lag = try #require(try second.localStoreLags()["counts"]?[0])
        #expect(lag.position == .zero && lag.lag >= 40)
        #expect(try rows(second, includingStale: true).isEmpty)
        #expect(throws: QueryError.restoring(store: "counts", tasks: [])) { try rows(second, includingStale: false) }
        flaky.recover()
        #expect(second.waitUntil(.running, timeout: .seconds(20)))
        #expect(try rows(second, includingStale: false) == Counting.fold(0..<400))
        #expect(try second.localStoreLags()["counts"]?[0]?.lag == 0)
        #expect(second.close(timeout: .seconds(20)))
    }
}
