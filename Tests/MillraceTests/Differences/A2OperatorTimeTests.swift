import EngineKit
import Millrace
import MillraceCore
import Testing

@Suite("A1, A2, D5: what windowed operators know after a restart", .serialized)
struct A2OperatorTimeTests {
    private func run(
        _ test: TestCluster, _ semantics: Semantics, emission: EmissionPolicy,
        _ records: [(key: String, value: String, timestamp: Int64)], expecting count: Int
    ) throws -> [String] {
        let builder = StreamsBuilder()
        let counts = Materialized<String, Int64>(as: "counts", key: .string, value: .int64)
            .emitting(emission).retained(for: .seconds(100))
        let windowed = builder.stream("words", Consumed(key: .string, value: .string)).groupByKey()
            .windowed(by: .tumbling(size: .milliseconds(10), grace: .zero))
        windowed.count(counts).toStream { key, _ in "\(key)" }.to("out", Produced(key: .string, value: .int64))
        windowed.late.mapValues { late in "\(late.window.start) \(late.lateness)" }
            .to("late", Produced(key: .string, value: .string))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory,
                commitInterval: .milliseconds(20), semantics: semantics, sessionTimeout: test.engine.sessionTimeout,
                heartbeatInterval: .milliseconds(100), rebalanceTimeout: test.engine.rebalanceTimeout,
                transactionTimeout: .seconds(1)))
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        try test.produce("words", records)
        try test.eventually("\(count) results") {
            try test.read("out").count + test.read("late").count >= count
        }
        application.close()
        #expect(application.error == nil)
        return try test.read("out").map { "\($0.key ?? "nil") \($0.number ?? -1)" }
    }

    private func cluster(_ engine: Engine) throws -> TestCluster {
        let test = try TestCluster(engine)
        for topic in ["words", "out", "late"] { try test.create(topic) }
        return test
    }

    @Test(
        "a record that was late before a restart is late after it; Kafka Streams takes it", arguments: Engine.available,
        [true, false])
    func late(engine: Engine, isKafka: Bool) throws {
        let test = try cluster(engine)
        let semantics: Semantics = isKafka ? .kafkaStreams : .millrace
        let first = try run(test, semantics, emission: .everyUpdate, [("a", "", 5), ("b", "", 25)], expecting: 2)
        #expect(first == ["[a@0/10] 1", "[b@20/30] 1"])
        let second = try run(test, semantics, emission: .everyUpdate, [("a", "", 6)], expecting: 3)
        let late = try test.read("late").map(\.text)
        if isKafka {
            #expect(second.last == "[a@0/10] 2")
            #expect(late.isEmpty)
        } else {
            #expect(second == first)
            #expect(late == ["0 ms 0.015 seconds"])
        }
    }

    @Test(
        "windows that were open at a restart are emitted once, those emitted before it not again",
        arguments: Engine.available)
    func closing(engine: Engine) throws {
        let test = try cluster(engine)
        let first = try run(
            test, .millrace, emission: .onWindowClose, [("a", "", 5), ("b", "", 12), ("a", "", 13)], expecting: 1)
        #expect(first == ["[a@0/10] 1"])
        let second = try run(
            test, .millrace, emission: .onWindowClose, [("c", "", 14), ("a", "", 6), ("c", "", 95)], expecting: 5)
        #expect(second == ["[a@0/10] 1", "[a@10/20] 1", "[b@10/20] 1", "[c@10/20] 1"])
        #expect(try test.read("late").count == 1)
    }
}
