import EngineKit
import Millrace
import MillraceCluster
import MillraceCore
import Testing

@Suite("Between giving partitions up and getting them anew")
struct RevocationTests {
    /// Forwards a record every few milliseconds of wall-clock time.
    private final class Ticking: Processor {
        let context: ProcessorContext<String, String>

        init(_ context: ProcessorContext<String, String>) {
            self.context = context
            context.schedule(every: .milliseconds(3), .wallClockTime) { [unowned context] time in
                try context.forward(Record(key: "tick", value: "x", timestamp: time))
            }
        }

        func process(_ record: Record<String, String>) throws {}
    }

    @Test("timers do not fire and nothing is committed", arguments: Engine.available)
    func timers(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in", partitions: 2)
        try test.create("out")
        let slow = SlowRebalance(test.cluster)
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).process { Ticking($0) }
            .to("out", Produced(key: .string, value: .string))
        let topology = try builder.build()
        func application(_ cluster: any Cluster, _ directory: String) throws -> StreamsApplication {
            try StreamsApplication(
                topology,
                StreamsConfiguration(
                    applicationID: "app", cluster: cluster, stateDirectory: test.stateDirectory + directory,
                    commitInterval: .milliseconds(5), heartbeatInterval: .milliseconds(50)))
        }
        let first = try application(slow, "1")
        try first.start()
        try test.eventually("the first ticks") { slow.commits > 3 }
        let second = try application(test.cluster, "2")
        try second.start()
        try test.eventually("a rebalance") { slow.revocations > 0 && !slow.isBetween }
        try test.eventually("ticks afterwards") { slow.commits > 3 + slow.commitsAtRevocation }
        #expect(slow.beginsBetween == 0)
        #expect(first.close() && second.close())
        #expect(first.error == nil && second.error == nil)
    }

    /// A member that was left out of a generation is not told of it: only the committed positions show it.
    @Test(
        "another may have had a task that comes back: it is made anew from what is committed",
        arguments: Engine.available)
    func movedOn(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        let slow = SlowRebalance(test.cluster)
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).groupByKey().count()
            .toStream().to("out", Produced(key: .string, value: .int64))
        let topology = try builder.build()
        func application(_ cluster: any Cluster, _ directory: String) throws -> StreamsApplication {
            try StreamsApplication(
                topology,
                StreamsConfiguration(
                    applicationID: "app", cluster: cluster, stateDirectory: test.stateDirectory + directory,
                    commitInterval: .milliseconds(5), heartbeatInterval: .milliseconds(50)))
        }
        let first = try application(slow, "1")
        try first.start()
        try test.produce("in", [("a", "x", 1), ("a", "x", 2)])
        try test.eventually("the first counts") { try test.latest("out") == ["a": 2] }
        // As if somebody else had processed the next record meanwhile.
        slow.moveOnAtRevocation()
        let second = try application(test.cluster, "2")
        try second.start()
        try test.eventually("a rebalance") { slow.revocations > 0 && !slow.isBetween }
        try test.produce("in", [("a", "x", 3), ("a", "x", 4)])
        try test.eventually("the last count") { try test.latest("out")["a", default: 0] > 2 }
        #expect(first.close() && second.close())
        #expect(first.error == nil && second.error == nil)
        #expect(try test.latest("out") == ["a": 3])
    }

    /// A changelog that says that a result is out, while the result is lost in a crash, would lose it for good.
    @Test("at least once, results are durable before the changelog is written", arguments: Engine.available)
    func orderOfCommit(engine: Engine) throws {
        let test = try TestCluster(engine)
        try test.create("in")
        try test.create("out")
        let noting = SlowRebalance(test.cluster)
        let builder = StreamsBuilder()
        builder.stream("in", Consumed(key: .string, value: .string)).groupByKey().count(.as("counts"))
            .toStream().to("out", Produced(key: .string, value: .int64))
        let application = try StreamsApplication(
            builder.build(),
            StreamsConfiguration(
                applicationID: "app", cluster: noting, stateDirectory: test.stateDirectory, guarantee: .atLeastOnce,
                commitInterval: .milliseconds(5)))
        try application.start()
        try test.produce("in", [("a", "x", 1), ("b", "x", 2)])
        try test.eventually("the counts") { try test.latest("out") == ["a": 1, "b": 1] }
        #expect(application.close())
        #expect(application.error == nil)
        var unflushed: Set<String> = []
        let calls = noting.calls
        for call in calls {
            if call == "flush" {
                unflushed = []
                continue
            }
            unflushed.insert(call.contains("changelog") ? "changelog" : call)
            #expect(unflushed.count == 1, "\(calls)")
        }
        #expect(calls.contains { $0.contains("changelog") } && calls.contains("out"), "\(calls)")
    }
}

/// A cluster whose group answers late after a revocation, and that notes what its producers do meanwhile.
private final class SlowRebalance: ForwardingCluster {
    struct Seen {
        /// Polls without an answer that are still to come.
        var pollsLeft = 0
        var revocations = 0
        var beginsBetween = 0
        var commits = 0
        var commitsAtRevocation = 0
        var movesOn = false
        /// How much further committed positions seem to be.
        var ahead: Int64 = 0
        /// Of producers: topics, and `flush`.
        var calls: [String] = []
    }
    fileprivate let seen = Monitor(Seen())
    let inner: any Cluster

    init(_ inner: any Cluster) { self.inner = inner }

    var isBetween: Bool { seen.withLock { $0.pollsLeft > 0 } }
    var revocations: Int { seen.withLock { $0.revocations } }
    var beginsBetween: Int { seen.withLock { $0.beginsBetween } }
    var commits: Int { seen.withLock { $0.commits } }
    var commitsAtRevocation: Int { seen.withLock { $0.commitsAtRevocation } }

    var calls: [String] { seen.withLock { $0.calls } }
    func moveOnAtRevocation() { seen.withLock { $0.movesOn = true } }

    func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        SlowConsumer(try inner.makeConsumer(configuration), seen)
    }

    func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer {
        NotingProducer(try inner.makeProducer(configuration), seen)
    }
}

private final class SlowConsumer: ForwardingConsumer {
    let inner: any ClusterConsumer
    private let seen: Monitor<SlowRebalance.Seen>

    init(_ inner: any ClusterConsumer, _ seen: Monitor<SlowRebalance.Seen>) {
        self.inner = inner
        self.seen = seen
    }

    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
        let isHeld = seen.withLock { seen in
            defer { seen.pollsLeft = max(0, seen.pollsLeft - 1) }
            return seen.pollsLeft > 0
        }
        guard isHeld else { return try inner.poll(maxWait: maxWait, into: &batches) }
        batches.removeAll()
        _ = seen.wait(timeout: .milliseconds(4)) { _ in false }
        return nil
    }

    func completeRevocation() throws(ClusterError) {
        seen.withLock { seen in
            seen.revocations += 1
            seen.pollsLeft = 20
            seen.commitsAtRevocation = seen.commits
            seen.ahead = seen.movesOn ? 1 : 0
        }
        try inner.completeRevocation()
    }

    func committed(
        _ partitions: [TopicPartition], maxWait: Duration
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        let ahead = seen.withLock { $0.ahead }
        return try inner.committed(partitions, maxWait: maxWait).mapValues { committed in
            CommittedOffset(Offset(committed.offset.rawValue + ahead), metadata: committed.metadata)
        }
    }
}

private final class NotingProducer: ForwardingProducer {
    let inner: any ClusterProducer
    private let seen: Monitor<SlowRebalance.Seen>

    init(_ inner: any ClusterProducer, _ seen: Monitor<SlowRebalance.Seen>) {
        self.inner = inner
        self.seen = seen
    }

    func beginTransaction() throws(ClusterError) {
        seen.withLock { if $0.pollsLeft > 0 { $0.beginsBetween += 1 } }
        try inner.beginTransaction()
    }

    func commitTransaction() throws(ClusterError) {
        try inner.commitTransaction()
        seen.withLock { $0.commits += 1 }
    }

    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws(ClusterError) {
        seen.withLock { $0.calls.append(partition.topic) }
        try inner.send(&batch, to: partition)
    }
    func flush() throws(ClusterError) {
        seen.withLock { $0.calls.append("flush") }
        try inner.flush()
    }
}
