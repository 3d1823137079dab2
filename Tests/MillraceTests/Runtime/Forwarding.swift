import MillraceCluster
import MillraceCore

// The cluster port, passed on to another cluster as it is: a test's own clusters write only the calls with which they
// meddle. On the threads of their callers.

protocol ForwardingCluster: Cluster {
    var inner: any Cluster { get }
}

extension ForwardingCluster {
    var admin: any ClusterAdmin { inner.admin }
    func makeConsumer(_ configuration: ConsumerConfiguration) throws(ClusterError) -> any ClusterConsumer {
        try inner.makeConsumer(configuration)
    }
    func makeProducer(_ configuration: ProducerConfiguration) throws(ClusterError) -> any ClusterProducer {
        try inner.makeProducer(configuration)
    }
    func close() throws(ClusterError) { try inner.close() }
}

protocol ForwardingConsumer: ClusterConsumer {
    var inner: any ClusterConsumer { get }
}

extension ForwardingConsumer {
    func poll(maxWait: Duration, into batches: inout [FetchedBatches]) throws(ClusterError) -> GroupEvent? {
        try inner.poll(maxWait: maxWait, into: &batches)
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

protocol ForwardingProducer: ClusterProducer {
    var inner: any ClusterProducer { get }
}

extension ForwardingProducer {
    func initializeTransactions() throws(ClusterError) { try inner.initializeTransactions() }
    func beginTransaction() throws(ClusterError) { try inner.beginTransaction() }
    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws(ClusterError) {
        try inner.send(&batch, to: partition)
    }
    func flush() throws(ClusterError) { try inner.flush() }
    func advance() throws(ClusterError) -> Duration? { try inner.advance() }
    func endOffset(of partition: TopicPartition) -> Offset? { inner.endOffset(of: partition) }
    func sendOffsets(_ offsets: [TopicPartition: CommittedOffset], group: GroupMetadata) throws(ClusterError) {
        try inner.sendOffsets(offsets, group: group)
    }
    func commitTransaction() throws(ClusterError) { try inner.commitTransaction() }
    func abortTransaction() throws(ClusterError) { try inner.abortTransaction() }
    func close() { inner.close() }
}
