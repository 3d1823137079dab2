import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

/// What the tests of several instances run: counts words by key into the store `counts` and the topic `counts-out`,
/// and what a plain fold makes of the same words.
enum CountingApplication {
    struct Poison: Error {}

    /// - Parameter look: called with each value, on the task's thread; what it throws, the record's handler gets.
    static func topology(
        inMemory: Bool = false, _ look: @escaping @Sendable (String) throws -> Void = { _ in }
    ) throws -> Topology {
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string))
            .mapValues { (value: String) throws -> String in
                try look(value)
                return value
            }
            .groupByKey(Grouped(key: .string, value: .string))
            .count(Materialized(as: "counts", key: .string, value: .int64).stored(inMemory ? .inMemory : .persistent))
            .toStream()
            .to("counts-out", Produced(key: .string, value: .int64))
        return try builder.build()
    }

    static func createTopics(_ test: TestCluster, partitions: Int32) throws {
        try test.create("words", partitions: partitions)
        try test.create("counts-out", partitions: partitions)
    }

    static func configuration(_ test: TestCluster, instance: Int = 0, threads: Int = 1) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory + "\(instance)",
            threads: threads, commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
            heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
            transactionTimeout: .seconds(1))
    }

    static func words(_ range: Range<Int>, keys: Int = 40) -> [(key: String, value: String, timestamp: Int64)] {
        range.map { ("k\($0 % keys)", "v", Int64($0)) }
    }

    static func fold(_ range: Range<Int>, keys: Int = 40) -> [String: Int64] {
        range.reduce(into: [:]) { $0["k\($1 % keys)", default: 0] += 1 }
    }
}

extension StreamsApplication {
    /// Tasks that run here, by what the threads last reported.
    var runningTaskCount: Int { metrics.tasks.count { !$0.isRestoring } }
}
