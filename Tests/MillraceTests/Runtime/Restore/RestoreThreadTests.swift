import Millrace
import MillraceCluster
import MillraceCore
import MillraceStores
import Testing

/// Holds restores up.
private final class Gate: Sendable {
    private struct State {
        var isOpen = true
        var hasWaiter = false
    }
    private let state = Monitor(State())

    var hasWaiter: Bool { state.withLock { $0.hasWaiter } }

    func close() { state.update { $0.isOpen = false } }
    func open() { state.update { $0.isOpen = true } }

    func pass() {
        state.update { if !$0.isOpen { $0.hasWaiter = true } }
        state.wait { $0.isOpen }
    }
}

/// Numbers by key, in memory; each record that is restored has to pass the gate.
private final class GatedStore: StateStore {
    let name = "numbers"
    let isPersistent = false
    let checkpoint: Offset? = nil
    let hasUnflushed = false
    private let gate: Gate
    private var committed: [String: Int] = [:]
    private var changed: [String: Int] = [:]

    init(gate: Gate) { self.gate = gate }

    func increment(_ key: String) -> Int {
        let value = (changed[key] ?? committed[key] ?? 0) + 1
        changed[key] = value
        return value
    }

    func writeChangelog(to sink: any ChangelogSink) throws {
        for (key, value) in changed.sorted(by: { $0.key < $1.key }) {
            let (key, value) = (Array(key.utf8), Array("\(value)".utf8))
            try sink.append(key: key.span.bytes, value: value.span.bytes, timestamp: Timestamp(0))
        }
    }

    func commit(changelogEnd: Offset?) {
        committed.merge(changed) { _, new in new }
        changed = [:]
    }

    func abort() { changed = [:] }

    func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        gate.pass()
        guard let text = value?.lossyUTF8, let number = Int(text) else {
            throw StoreError(.corrupt, "a row of \(name) is no number")
        }
        committed[key.lossyUTF8] = number
    }

    func completeRestoredBatch(changelogEnd: Offset) {}
    func flush() {}
    var overlayByteCount: Int { committed.count * 64 }
    func evictClean() {}
    func close() {}
}

private final class Numbering: Processor {
    let context: ProcessorContext<String, Int64>
    let numbers: GatedStore

    init(_ context: ProcessorContext<String, Int64>) throws {
        self.context = context
        numbers = try context.store("numbers")
    }

    func process(_ record: Record<String, String>) throws {
        guard let key = record.key else { return }
        try context.forward(record.with(value: Int64(numbers.increment(key))))
    }
}

@Suite("Restoring on a thread of its own", .serialized)
struct RestoreThreadTests {
    private typealias Counting = CountingApplication

    private func topology(_ gate: Gate) throws -> Topology {
        let builder = StreamsBuilder()
        let store = StoreSpecification(name: "numbers", kind: .keyValue, isPersistent: false) { _ in
            GatedStore(gate: gate)
        }
        builder.stream("words", Consumed(key: .string, value: .string))
            .process(name: "numbering", adding: [store]) { try Numbering($0) }
            .to("counts-out", Produced(key: .string, value: .int64))
        builder.stream("pings", Consumed(key: .string, value: .string)).to("pongs")
        return try builder.build()
    }

    @Test("tasks that are ready run and commit while another one restores, and its progress can be seen")
    func beside() throws {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 1)
        try test.create("pings")
        try test.create("pongs")
        let gate = Gate()
        let first = try StreamsApplication(topology(gate), Counting.configuration(test, instance: 1))
        try first.start()
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        #expect(first.close(timeout: .seconds(20)))

        gate.close()
        let second = try StreamsApplication(topology(gate), Counting.configuration(test, instance: 2))
        try second.start()
        try test.eventually("it restores") { gate.hasWaiter }
        try test.produce("pings", (0..<100).map { ("p", "x", Int64($0)) })
        try test.eventually("the other task answers") { try test.read("pongs").count == 100 }
        try test.eventually("progress") {
            second.metrics.tasks.contains { task in
                task.isRestoring && task.stores.contains { ($0.restoreLag ?? 0) > 0 }
            }
        }
        #expect(second.state == .rebalancing)
        // Longer than the session lasts: heartbeats go on.
        let rebalances = second.metrics.threads.map(\.rebalances)
        let start = ContinuousClock.now
        var round = 100
        while ContinuousClock.now - start < .milliseconds(1_300) {
            try test.produce("pings", [("p", "x", Int64(round))])
            round += 1
            try test.eventually("ping \(round)") { try test.read("pongs").count == round }
        }
        #expect(second.metrics.threads.map(\.rebalances) == rebalances)
        gate.open()
        #expect(second.waitUntil(.running, timeout: .seconds(20)))
        #expect(second.restoreReports.map(\.restoredRecords).reduce(0, +) >= 40)
        try test.eventually("nothing is left") {
            second.metrics.tasks.allSatisfy { $0.stores.allSatisfy { $0.restoreLag == nil } }
        }
        try test.produce("words", Counting.words(400..<800))
        try test.eventually("counted on") { try test.latest("counts-out") == Counting.fold(0..<800) }
        #expect(second.close(timeout: .seconds(20)))
        #expect(second.error == nil)
    }

    @Test("a task whose store cannot be read is given back with the error")
    func failure() throws {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 1)
        try test.create("pings")
        try test.create("pongs")
        let topology = try topology(Gate())
        let first = try StreamsApplication(topology, Counting.configuration(test, instance: 1))
        try first.start()
        try test.produce("words", Counting.words(0..<400))
        try test.eventually("counted") { try test.latest("counts-out") == Counting.fold(0..<400) }
        #expect(first.close(timeout: .seconds(20)))
        // No number: the changelog of somebody else.
        let producer = try test.cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "test"))
        var batch = RecordBatchBuilder(capacity: 64)
        let (key, value) = (Array("k1".utf8), Array("xyz".utf8))
        batch.append(timestamp: Timestamp(1), key: key.span.bytes, value: value.span.bytes)
        try producer.send(&batch, to: TopicPartition("app-numbers-changelog", 0))
        producer.close()
        let second = try StreamsApplication(topology, Counting.configuration(test, instance: 2))
        try second.start()
        #expect(second.waitUntil(.error, timeout: .seconds(20)))
        #expect(second.error?.code == .storageFailed, "\(String(describing: second.error))")
        #expect(second.close(timeout: .seconds(20)))
    }

    @Test("a changelog that retention cuts during the restore is begun anew from where it begins now")
    func truncated() throws {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 1)
        try test.create("pings")
        try test.create("pongs")
        let changelog = TopicPartition("app-numbers-changelog", 0)
        try test.create(changelog.topic)
        // More than one fetch brings.
        let filler = String(repeating: "0", count: 400)
        try test.produce(changelog.topic, (0..<6_000).map { ("k\($0)", filler + "1", 0) })
        let gate = Gate()
        gate.close()
        let application = try StreamsApplication(topology(gate), Counting.configuration(test))
        try application.start()
        try test.eventually("it restores") { gate.hasWaiter }
        try test.cluster.admin.deleteRecords(before: Offset(5_900), in: changelog)
        gate.open()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        let last = try #require(application.restoreReports.last { $0.changelog == changelog })
        #expect(last.from == Offset(5_900) && last.restoredRecords == 100, "\(last)")
        try test.produce("words", [("k1", "v", 1), ("k5999", "v", 2)])
        try test.eventually("counted on") { try test.latest("counts-out") == ["k1": 1, "k5999": 2] }
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.error == nil)
    }

    @Test("a cluster that cannot be read for a while delays a restore and nothing else")
    func outage() throws {
        let test = try TestCluster()
        try Counting.createTopics(test, partitions: 1)
        try test.create("pings")
        try test.create("pongs")
        try test.create("app-numbers-changelog")
        try test.produce("app-numbers-changelog", (0..<40).map { ("k\($0)", "7", 0) })
        let flaky = FlakyCluster(test.cluster, failures: 5)
        var configuration = Counting.configuration(test)
        configuration.cluster = flaky
        let application = try StreamsApplication(topology(Gate()), configuration)
        try application.start()
        #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
        #expect(flaky.failuresLeft == 0)
        #expect(application.metrics.threads.allSatisfy { $0.aborts == 0 })
        #expect(application.restoreReports.map(\.restoredRecords).reduce(0, +) == 40)
        #expect(application.close(timeout: .seconds(20)))
        #expect(application.error == nil)
    }
}
