import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import MillraceSimulation
import Testing

@Suite("An application on each engine", .serialized)
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
            sessionTimeout: test.engine.sessionTimeout, heartbeatInterval: .milliseconds(100),
            rebalanceTimeout: test.engine.rebalanceTimeout, transactionTimeout: .seconds(1))
    }

    private func words(_ range: Range<Int>, keys: Int = 10) -> [(key: String, value: String, timestamp: Int64)] {
        range.map { ("k\($0 % keys)", "v", Int64($0)) }
    }

    private func fold(_ range: Range<Int>, keys: Int = 10) -> [String: Int64] {
        range.reduce(into: [:]) { $0["k\($1 % keys)", default: 0] += 1 }
    }

    @Test("counts, commits, answers queries, and goes on after a restart", arguments: Engine.onEveryClient, [1, 2])
    func countAndRestart(engine: Engine, threads: Int) throws {
        let test = try TestCluster(engine)
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
            #expect(try Dictionary(uniqueKeysWithValues: counts.all().map { ($0.key, $0.value) }) == fold(0..<end))
            #expect(try counts.get("k3") == Int64(end / 10))
            #expect(try counts.approximateCount() >= 10)
            #expect(try counts.get("nobody") == nil)
            #expect(application.restoreReports.count == 4)
            #expect(application.restoreReports.allSatisfy { $0.rebuild == nil && $0.restoredRecords == 0 })
            #expect(application.close(timeout: .seconds(20)))
            #expect(application.state == .notRunning, "\(String(describing: application.error))")
        }
    }

    @Test("who has seen the committed positions sees the state behind them", arguments: Engine.available)
    func queriesFollowPositions(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words")
        try test.create("counts-out")
        let application = try StreamsApplication(Self.counting(), configuration(test))
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        let counts = try application.store("counts", .keyValue(String.self, Int64.self))
        let input = TopicPartition("words", 0)
        for round in 1...100 {
            try test.produce("words", words(0..<10, keys: 1))
            try test.eventually("round \(round) is committed") {
                let offsets = try test.cluster.admin.committedOffsets(group: "app", partitions: [input])
                return offsets[input]?.offset == Offset(Int64(round * 10))
            }
            #expect(try counts.get("k0") == Int64(round * 10))
        }
        #expect(application.close(timeout: .seconds(20)))
    }

    @Test(
        "two instances share 4 partitions; one is stopped without warning; the result is exact",
        arguments: Engine.available)
    func takeover(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 4)
        try test.create("counts-out", partitions: 4)
        try test.produce("words", words(0..<2_000, keys: 40))
        let first = try StreamsApplication(Self.counting(), configuration(test, instance: 1))
        let second = try StreamsApplication(Self.counting(), configuration(test, instance: 2))
        try first.start()
        try second.start()
        try test.eventually("both have two tasks each") {
            first.metrics.tasks.count { !$0.isRestoring } == 2 && second.metrics.tasks.count { !$0.isRestoring } == 2
        }
        try test.produce("words", words(2_000..<4_000, keys: 40))
        try test.eventually("both work") {
            first.metrics.processedRecords > 0 && second.metrics.processedRecords > 0
        }
        first.abandon()
        try test.produce("words", words(4_000..<8_000, keys: 40))
        try test.eventually("the other takes over") {
            try test.latest("counts-out") == fold(0..<8_000, keys: 40)
        }
        #expect(try test.latest("counts-out") == fold(0..<8_000, keys: 40))
        try test.eventually("the store is complete") {
            guard let counts = try? second.store("counts", .keyValue(String.self, Int64.self)) else { return false }
            return try Dictionary(uniqueKeysWithValues: counts.all().map { ($0.key, $0.value) })
                == fold(0..<8_000, keys: 40)
        }
        #expect(second.close(timeout: .seconds(20)))
        #expect(second.error == nil, "\(String(describing: second.error))")
    }

    @Test(
        "skips, dead-letters in the same transaction, or stops with an error that names the record",
        arguments: Engine.available)
    func handlers(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words")
        try test.create("out")
        try test.create("dead")
        struct Bad: Error {}
        let builder = StreamsBuilder()
        builder.stream("words", Consumed(key: .string, value: .string))
            .mapValues { (value: String) throws -> String in
                if value == "bad" { throw Bad() }
                return value
            }
            .to("out", Produced(key: .string, value: .string))
        let topology = try builder.build()
        try test.produce("words", [("a", "good", 1), ("b", "bad", 2), ("c", "good", 3)])

        let failing = try StreamsApplication(topology, configuration(test))
        try failing.start()
        #expect(failing.waitUntil(.error, timeout: .seconds(20)))
        #expect(failing.error?.code == .recordFailed)
        #expect(failing.error?.location.partition == TopicPartition("words", 0))
        #expect(failing.error?.location.task == TaskID(subtopology: 0, partition: 0))
        #expect(try test.read("out").isEmpty, "nothing of the aborted transaction is seen")
        failing.close()

        let lenient = try StreamsApplication(
            topology,
            configuration(test, handlers: ErrorHandlers(processing: { _ in .deadLetter(topic: "dead") })))
        try lenient.start()
        try test.eventually("both good records") { try test.read("out").count == 2 }
        #expect(try test.read("out").map(\.key) == ["a", "c"])
        let dead = try test.read("dead")
        #expect(dead.map(\.key) == ["b"])
        #expect(dead.first?.headers.last("__millrace.offset") == Array("1".utf8))
        lenient.close()
        #expect(lenient.metrics.dropped[.processingError] == 1)
    }

    @Test("windows behind a repartition, at least once", arguments: Engine.available)
    func windows(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 3)
        let builder = StreamsBuilder()
        _ = builder.stream("words", Consumed(key: .string, value: .string))
            .selectKey { (_: String, value: String) in value }
            .groupByKey(Grouped(key: .string, value: .string))
            .windowed(by: .tumbling(size: .seconds(60), grace: .seconds(3_600)))
            .count(Materialized(as: "per-minute", key: .string, value: .int64))
        let application = try StreamsApplication(
            builder.build(), configuration(test, threads: 2, guarantee: .atLeastOnce))
        try test.produce(
            "words", (0..<300).map { ("k\($0 % 7)", "room", Int64($0) * 1_000) })
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        let view = try application.store("per-minute", .window(String.self, Int64.self))
        try test.eventually("all counted") { try view.all().reduce(0) { $0 + $1.value } == 300 }
        let rows = try view.fetch("room", from: .epoch, to: Timestamp(180_000))
        #expect(rows.map(\.windowStart.millisecondsSinceEpoch) == [0, 60_000, 120_000, 180_000])
        #expect(rows.map(\.value) == [60, 60, 60, 60])
        #expect(try view.get("room", windowStart: Timestamp(240_000)) == 60)
        #expect(try view.get("room", windowStart: Timestamp(300_000)) == nil)
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.error == nil, "\(String(describing: application.error))")
    }

    @Test("queries answer while records are processed, and say why they cannot", arguments: Engine.available)
    func queries(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 2)
        try test.create("counts-out", partitions: 2)
        let application = try StreamsApplication(Self.counting(), configuration(test))
        #expect(throws: QueryError.notRunning(state: .created)) {
            try application.store("counts", .keyValue(String.self, Int64.self))
        }
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)))
        #expect(throws: QueryError.unknownStore(name: "count", known: ["counts"])) {
            try application.store("count", .keyValue(String.self, Int64.self))
        }
        let wrong = try application.store("counts", .keyValue(String.self, String.self))
        let error = #expect(throws: QueryError.self) { try wrong.get("k1") }
        guard case .wrongType = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let counts = try application.store("counts", .keyValue(String.self, Int64.self))
        var before: Int64 = 0
        for round in 0..<20 {
            try test.produce("words", words(round * 1_000..<(round + 1) * 1_000, keys: 1))
            let now = try counts.get("k0") ?? 0
            #expect(now >= before)
            before = now
        }
        try test.eventually("all counted") { try counts.get("k0") == 20_000 }
        #expect(try counts.range(from: "k0", to: "k0").map(\.value) == [20_000])
        application.close()
        #expect(throws: QueryError.notRunning(state: .notRunning)) { try counts.get("k0") }
    }

    @Test(
        "a missing source topic, and unequal partition counts of an internal one, stop the start",
        arguments: Engine.available)
    func topicMistakes(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("counts-out")
        let application = try StreamsApplication(Self.counting(), configuration(test))
        let error = #expect(throws: StreamsError.self) { try application.start() }
        #expect(error?.code == .invalidTopology)

        try test.create("words", partitions: 2)
        try test.create("app-counts-changelog", partitions: 3)
        let other = try StreamsApplication(Self.counting(), configuration(test))
        let mismatch = #expect(throws: StreamsError.self) { try other.start() }
        #expect(mismatch?.code == .invalidTopology)
        #expect(mismatch?.message.contains("app-counts-changelog") ?? false)
    }

    @Test(
        "a killed instance comes back to its own stores and replays only what lies beyond them",
        arguments: Engine.available)
    func restoreTail(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words", partitions: 2)
        try test.create("counts-out", partitions: 2)
        try test.produce("words", words(0..<1_000))
        let first = try StreamsApplication(Self.counting(), configuration(test, instance: 1))
        try first.start()
        try test.eventually("counted") { try test.latest("counts-out") == fold(0..<1_000) }
        #expect(first.close(timeout: .seconds(20)))

        // Runs elsewhere without its disk: everything comes from the changelog.
        let elsewhere = try StreamsApplication(Self.counting(), configuration(test, instance: 2))
        try elsewhere.start()
        #expect(elsewhere.waitUntil(.running, timeout: .seconds(20)))
        #expect(elsewhere.restoreReports.allSatisfy { $0.checkpoint == nil && $0.rebuild == nil && $0.isComplete })
        #expect(elsewhere.restoreReports.reduce(0) { $0 + $1.restoredRecords } >= 10)
        try test.produce("words", words(1_000..<2_000))
        try test.eventually("counted on") { try test.latest("counts-out") == fold(0..<2_000) }
        elsewhere.close()

        // Back on the first disk: only the second thousand is replayed.
        let back = try StreamsApplication(Self.counting(), configuration(test, instance: 1))
        try back.start()
        #expect(back.waitUntil(.running, timeout: .seconds(20)))
        for report in back.restoreReports {
            #expect(report.checkpoint == report.from && report.rebuild == nil)
            #expect(report.restoredRecords > 0)
        }
        let counts = try back.store("counts", .keyValue(String.self, Int64.self))
        #expect(try Dictionary(uniqueKeysWithValues: counts.all().map { ($0.key, $0.value) }) == fold(0..<2_000))
        back.close()
    }

    @Test(
        "a restore claims no more than it has read: what was aborted may not be on the disk",
        arguments: Engine.available)
    func abortedTail(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("words")
        try test.create("counts-out")
        try test.produce("words", words(0..<100))
        let first = try StreamsApplication(Self.counting(), configuration(test))
        try first.start()
        try test.eventually("counted") { try test.latest("counts-out") == fold(0..<100) }
        first.close()

        let producer = try test.cluster.makeProducer(
            ProducerConfiguration(transactionalID: "another instance", clientID: "test"))
        try producer.initializeTransactions()
        try producer.beginTransaction()
        var batch = RecordBatchBuilder(capacity: 64)
        for key in ["k0", "k1"] {
            let bytes = Array(key.utf8)
            batch.append(timestamp: Timestamp(1), key: bytes.span.bytes, value: nil)
        }
        try producer.send(&batch, to: TopicPartition("app-counts-changelog", 0))
        try producer.abortTransaction()
        producer.close()

        // Twice: the first restore comes past the aborted records, the second shows what it wrote down.
        var checkpoints: [Offset?] = []
        for _ in 0..<2 {
            let next = try StreamsApplication(Self.counting(), configuration(test))
            try next.start()
            #expect(next.waitUntil(.running, timeout: .seconds(20)))
            let report = try #require(next.restoreReports.first)
            #expect(report.isComplete && report.restoredRecords == 0)
            checkpoints.append(report.checkpoint)
            let counts = try next.store("counts", .keyValue(String.self, Int64.self))
            #expect(try Dictionary(uniqueKeysWithValues: counts.all().map { ($0.key, $0.value) }) == fold(0..<100))
            #expect(next.close(timeout: .seconds(20)))
        }
        #expect(checkpoints[0] != nil && checkpoints[0] == checkpoints[1])
    }

    /// Embedded only: it is the broker's disk that is full.
    @Test("a full disk stops the application with a typed error; it goes on exactly where it was")
    func fullDisk() throws {
        let disk = SimulatedDisk(seed: 7)
        let test = try TestCluster(disk: disk)
        try test.create("words", partitions: 2)
        try test.create("counts-out", partitions: 2)
        try test.produce("words", words(0..<500))
        let first = try StreamsApplication(Self.counting(), configuration(test))
        try first.start()
        try test.eventually("counted") { try test.latest("counts-out") == fold(0..<500) }
        #expect(first.close(timeout: .seconds(20)))
        try test.produce("words", words(500..<1_500, keys: 500))
        let stopped = try StreamsApplication(Self.counting(), configuration(test))
        disk.capacity = disk.usedBytes + 5_000
        try stopped.start()
        #expect(stopped.waitUntil(.error, timeout: .seconds(20)))
        #expect(stopped.error?.code == .storageFull, "\(String(describing: stopped.error))")
        stopped.close()
        disk.capacity = nil
        try test.restart()
        let second = try StreamsApplication(Self.counting(), configuration(test))
        try second.start()
        let expected = fold(0..<500).merging(fold(500..<1_500, keys: 500), uniquingKeysWith: +)
        try test.eventually("went on") { try test.latest("counts-out") == expected }
        #expect(try test.latest("counts-out") == expected)
        #expect(second.restoreReports.allSatisfy { $0.rebuild == nil && $0.checkpoint != nil })
        second.close()
    }
}
