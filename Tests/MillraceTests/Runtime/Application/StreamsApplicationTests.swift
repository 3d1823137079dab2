import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("An application on the embedded broker", .serialized)
struct StreamsApplicationTests {
    /// Counts words by key and writes each count.
    private static func counting() throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string))
            .groupByKey(Grouped(key: .string, value: .string))
            .count(Materialized(as: "counts", key: .string, value: .int64))
            .toStream()
            .to("counts-out", Produced(key: .string, value: .int64))
        return try builder.build()
    }

    private func configuration(
        _ test: TestCluster, instance: Int = 0, threads: Int = 1, handlers: ErrorHandlers = ErrorHandlers(),
        guarantee: ProcessingGuarantee = .exactlyOnce
    ) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory + "\(instance)",
            threads: threads, guarantee: guarantee, commitInterval: .milliseconds(20), handlers: handlers,
            sessionTimeout: .seconds(1), heartbeatInterval: .milliseconds(100), transactionTimeout: .seconds(1))
    }

    private func words(_ range: Range<Int>, keys: Int = 10) -> [(key: String, value: String, timestamp: Int64)] {
        range.map { ("k\($0 % keys)", "v", Int64($0)) }
    }

    private func fold(_ range: Range<Int>, keys: Int = 10) -> [String: Int64] {
        range.reduce(into: [:]) { $0["k\($1 % keys)", default: 0] += 1 }
    }

    @Test("counts, commits, answers queries, and goes on after a restart", arguments: [1, 2])
    func countAndRestart(threads: Int) throws {
        let test = try TestCluster()
        try test.create("words", partitions: 4)
        try test.create("counts-out", partitions: 4)
        for round in 0..<3 {
            let end = (round + 1) * 1_000
            try test.produce("words", words(round * 1_000..<end))
            let application = try StreamsApplication(Self.counting(), configuration(test, threads: threads))
            try application.start()
            #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
            try test.eventually("round \(round)") { try test.latest("counts-out") == fold(0..<end) }
            #expect(try test.latest("counts-out") == fold(0..<end))
            let counts = try application.store("counts", .keyValue(String.self, Int64.self))
            // The store turns to the new generation right after the transaction is committed.
            try test.eventually("queries of round \(round)") {
                try Dictionary(uniqueKeysWithValues: counts.all().map { ($0.key, $0.value) }) == fold(0..<end)
            }
            #expect(try counts.get("k3") == Int64(end / 10))
            #expect(try counts.approximateCount() == 10)
            #expect(try counts.get("nobody") == nil)
            #expect(application.restoreReports.count == 4)
            #expect(application.restoreReports.allSatisfy { $0.rebuild == nil && $0.restoredRecords == 0 })
            #expect(application.close(timeout: .seconds(20)))
            #expect(application.state == .notRunning, "\(String(describing: application.error))")
        }
    }
}
