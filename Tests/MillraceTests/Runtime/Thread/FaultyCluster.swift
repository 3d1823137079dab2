import MillraceCluster
import MillraceCore

/// A cluster whose clients' calls fail where they are told to, before the real call or after it: of the latter the
/// caller cannot know what has come of it.
final class FaultyCluster: ForwardingCluster {
    enum Call: CaseIterable, Hashable, Sendable {
        case initialize, begin, send, flush, sendOffsets, commit, abort
        /// Of the consumer.
        case committed, commitOffsets
    }

    struct Fault: Sendable {
        var call: Call
        var kind: ClusterError.Kind
        /// Calls that succeed before.
        var skipped = 0
        var comesAfter = false
    }

    fileprivate struct State {
        var faults: [Fault] = []
        var failures = 0
    }

    fileprivate let state = Monitor(State())
    let inner: any Cluster

    init(_ inner: any Cluster) { self.inner = inner }

    /// How many calls have failed.
    var failures: Int { state.withLock { $0.failures } }

    func arm(_ fault: Fault) { state.withLock { $0.faults.append(fault) } }

    func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        FaultyConsumer(try inner.makeConsumer(configuration), self)
    }

    func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer {
        FaultyProducer(try inner.makeProducer(configuration), self)
    }

    fileprivate func perform<Result>(
        _ call: Call, _ body: () throws(ClusterError) -> Result
    ) throws(ClusterError) -> Result {
        let fault = state.withLock { state -> Fault? in
            guard let index = state.faults.firstIndex(where: { $0.call == call }) else { return nil }
            if state.faults[index].skipped > 0 {
                state.faults[index].skipped -= 1
                return nil
            }
            state.failures += 1
            return state.faults.remove(at: index)
        }
        guard let fault else { return try body() }
        if fault.comesAfter { _ = try body() }
        throw ClusterError(fault.kind, "as the test wants it: \(call)")
    }
}

private final class FaultyProducer: ForwardingProducer {
    let inner: any ClusterProducer
    private let cluster: FaultyCluster

    init(_ inner: any ClusterProducer, _ cluster: FaultyCluster) {
        self.inner = inner
        self.cluster = cluster
    }

    func initializeTransactions() throws(ClusterError) {
        try cluster.perform(.initialize) { () throws(ClusterError) in try inner.initializeTransactions() }
    }
    func beginTransaction() throws(ClusterError) {
        try cluster.perform(.begin) { () throws(ClusterError) in try inner.beginTransaction() }
    }
    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws(ClusterError) {
        try cluster.perform(.send) { () throws(ClusterError) in try inner.send(&batch, to: partition) }
    }
    func flush() throws(ClusterError) {
        try cluster.perform(.flush) { () throws(ClusterError) in try inner.flush() }
    }
    func sendOffsets(_ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata) throws(ClusterError) {
        try cluster.perform(.sendOffsets) { () throws(ClusterError) in try inner.sendOffsets(offsets, group: group) }
    }
    func commitTransaction() throws(ClusterError) {
        try cluster.perform(.commit) { () throws(ClusterError) in try inner.commitTransaction() }
    }
    func abortTransaction() throws(ClusterError) {
        try cluster.perform(.abort) { () throws(ClusterError) in try inner.abortTransaction() }
    }
}

private final class FaultyConsumer: ForwardingConsumer {
    let inner: any ClusterConsumer
    private let cluster: FaultyCluster

    init(_ inner: any ClusterConsumer, _ cluster: FaultyCluster) {
        self.inner = inner
        self.cluster = cluster
    }

    func commit(_ offsets: [TopicPartition: CommittedOffset]) throws(ClusterError) {
        try cluster.perform(.commitOffsets) { () throws(ClusterError) in try inner.commit(offsets) }
    }
    func committed(
        _ partitions: [TopicPartition], maxWait: Duration
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        try cluster.perform(.committed) { () throws(ClusterError) in
            try inner.committed(partitions, maxWait: maxWait)
        }
    }
}
