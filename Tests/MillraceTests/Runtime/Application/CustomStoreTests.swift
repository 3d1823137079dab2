import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import MillraceStores
import MillraceTesting
import Testing

/// A store of the user's own: for each key the distinct values it has had, in memory, one changelog record for each.
private final class DistinctStore: StateStore {
    let name: String
    let isPersistent = false
    let checkpoint: Offset? = nil
    let hasUnflushed = false
    private var committed: [String: Set<String>] = [:]
    private var added: [(key: String, value: String, time: Timestamp)] = []

    init(name: String) { self.name = name }

    /// Returns whether the value is new to the key.
    func insert(_ value: String, for key: String, at time: Timestamp) -> Bool {
        guard !values(of: key).contains(value) else { return false }
        added.append((key, value, time))
        return true
    }

    func values(of key: String) -> Set<String> {
        (committed[key] ?? []).union(added.filter { $0.key == key }.map(\.value))
    }

    func writeChangelog(to sink: any ChangelogSink) throws {
        for (key, value, time) in added {
            let bytes = Array("\(key)\u{0}\(value)".utf8)
            try sink.append(key: bytes.span.bytes, value: bytes.span.bytes, timestamp: time)
        }
    }

    func commit(changelogEnd: Offset?) {
        for (key, value, _) in added { committed[key, default: []].insert(value) }
        added = []
    }

    func abort() { added = [] }

    func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        let parts = key.lossyUTF8.split(separator: "\u{0}", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw StoreError(.corrupt, "\(parts.count) parts in a row of \(name)") }
        committed[String(parts[0]), default: []].insert(String(parts[1]))
    }

    func completeRestoredBatch(changelogEnd: Offset) {}
    func flush() {}
    var overlayByteCount: Int { committed.values.reduce(0) { $0 + $1.count * 64 } }
    func evictClean() {}
    func close() {}
}

/// Forwards how many distinct values a key has had, whenever that changes; "fail" fails after it was put.
private final class Distinct: Processor {
    struct Refused: Error {}
    let context: ProcessorContext<String, Int64>
    let seen: DistinctStore

    init(_ context: ProcessorContext<String, Int64>) throws {
        self.context = context
        seen = try context.store("seen")
    }

    func process(_ record: Record<String, String>) throws {
        guard let key = record.key, let value = record.value else { return }
        guard seen.insert(value, for: key, at: record.timestamp) else { return }
        try context.forward(record.with(value: Int64(seen.values(of: key).count)))
        if value == "fail" { throw Refused() }
    }
}

@Suite("A store of the user's own class", .serialized)
struct CustomStoreTests {
    private func topology() throws -> Topology {
        let builder = StreamsBuilder()
        let store = StoreSpecification(name: "seen", kind: .keyValue, isPersistent: false) { environment in
            DistinctStore(name: environment.finalName("seen"))
        }
        builder.stream("in", Consumed(key: .string, value: .string))
            .process(name: "distinct", adding: [store]) { try Distinct($0) }
            .to("out", Produced(key: .string, value: .int64))
        return try builder.build()
    }

    private func configuration(_ test: TestCluster, instance: Int) -> StreamsConfiguration {
        StreamsConfiguration(
            applicationID: "app", cluster: test.cluster, stateDirectory: test.stateDirectory + "\(instance)",
            commitInterval: .milliseconds(20), sessionTimeout: test.engine.sessionTimeout,
            heartbeatInterval: .milliseconds(100),
            rebalanceTimeout: test.engine.rebalanceTimeout, transactionTimeout: .seconds(1))
    }

    @Test("works under the test driver")
    func driver() throws {
        let driver = try TopologyTestDriver(try topology())
        defer { driver.close() }
        let input = driver.inputTopic("in", key: .string, value: .string)
        for value in ["a", "b", "a"] { try input.send("k", value) }
        #expect(try driver.outputTopic("out", key: .string, value: .int64).readAll().map(\.value) == [1, 2])
        #expect(try driver.store("seen", DistinctStore.self).values(of: "k") == ["a", "b"])
    }

    @Test("is restored after a restart and a crash, and loses what was aborted", arguments: Engine.available)
    func restarts(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        func records(_ values: String...) -> [(key: String, value: String, timestamp: Int64)] {
            values.enumerated().map { ("k", $1, Int64($0)) }
        }
        func start(_ instance: Int) throws -> StreamsApplication {
            let application = try StreamsApplication(try topology(), configuration(test, instance: instance))
            try application.start()
            #expect(application.waitUntil(.running, timeout: .seconds(20)), "\(String(describing: application.error))")
            return application
        }
        try test.produce("in", records("a", "b", "a"))
        let first = try start(0)
        try test.eventually("two values") { try test.latest("out") == ["k": 2] }
        #expect(first.close(timeout: .seconds(20)))

        try test.produce("in", records("b", "c"))
        let second = try start(1)
        try test.eventually("three values") { try test.latest("out") == ["k": 3] }
        #expect(second.restoreReports.map(\.restoredRecords) == [2])
        second.abandon()

        // The transaction with "fail" is aborted, and with it "d".
        try test.produce("in", records("d", "fail"))
        let third = try StreamsApplication(try topology(), configuration(test, instance: 2))
        try third.start()
        #expect(third.waitUntil(.error, timeout: .seconds(20)))
        #expect(third.error?.code == .recordFailed)
        third.close()
        let numbers = try test.read("out").map(\.number)
        #expect(Set(numbers).count == numbers.count, "no result twice: \(numbers)")
        #expect(try test.read("app-seen-changelog").compactMap(\.text).allSatisfy { !$0.contains("fail") })
    }
}
