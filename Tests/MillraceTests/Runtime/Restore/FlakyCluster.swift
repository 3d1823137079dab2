import Millrace
import MillraceCluster
import MillraceCore

/// A cluster whose consumers without a group, which restore changelogs, fail a few times before they bring anything.
final class FlakyCluster: Cluster {
    private let inner: any Cluster
    private let left: Monitor<Int>

    init(_ inner: any Cluster, failures: Int) {
        self.inner = inner
        left = Monitor(failures)
    }

    var failuresLeft: Int { left.withLock { $0 } }

    /// Fails no more.
    func recover() { left.withLock { $0 = 0 } }

    var admin: any ClusterAdmin { inner.admin }

    func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        let consumer = try inner.makeConsumer(configuration)
        return configuration.groupID == nil ? FlakyConsumer(consumer, left) : consumer
    }

    func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer {
        try inner.makeProducer(configuration)
    }

    func close() throws(ClusterError) { try inner.close() }
}

private final class FlakyConsumer: ClusterConsumer {
    private let inner: any ClusterConsumer
    private let left: Monitor<Int>

    init(_ inner: any ClusterConsumer, _ left: Monitor<Int>) {
        self.inner = inner
        self.left = left
    }

    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
        let fails = left.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if fails { throw ClusterError(.retriable, "the broker is away") }
        return try inner.poll(maxWait: maxWait, into: &batches)
    }

    func subscribe(to topics: [String], assignor: any GroupAssignor) throws(ClusterError) {
        try inner.subscribe(to: topics, assignor: assignor)
    }
    func completeRevocation() throws(ClusterError) { try inner.completeRevocation() }
    func assign(_ partitions: [TopicPartition]) throws(ClusterError) { try inner.assign(partitions) }
    func pause(_ partition: TopicPartition) { inner.pause(partition) }
    func resume(_ partition: TopicPartition) { inner.resume(partition) }
    func position(of partition: TopicPartition) throws(ClusterError) -> Offset { try inner.position(of: partition) }
    func seek(_ partition: TopicPartition, to offset: Offset) throws(ClusterError) {
        try inner.seek(partition, to: offset)
    }
    func commit(_ offsets: [TopicPartition: CommittedOffset]) throws(ClusterError) { try inner.commit(offsets) }
    func committed(
        _ partitions: [TopicPartition], maxWait: Duration
    ) throws(ClusterError) -> [TopicPartition: CommittedOffset] {
        try inner.committed(partitions, maxWait: maxWait)
    }
    var groupMetadata: GroupMetadata? { inner.groupMetadata }
    func rejoin() { inner.rejoin() }
    func wakeUp() { inner.wakeUp() }
    func leaveGroup() { inner.leaveGroup() }
    func close() { inner.close() }
}
