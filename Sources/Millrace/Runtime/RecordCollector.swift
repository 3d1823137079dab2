internal import MillraceCluster
public import MillraceCore

/// Where full batches go: the thread's transactional producer, or a test driver.
public protocol BatchSender: AnyObject {
    /// Sends the records of `batch`; the caller resets it afterwards.
    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws
    /// How many partitions a topic has.
    func partitionCount(of topic: String) throws -> Int32
}

/// Collects what the tasks of one thread write, one open batch per partition. Owned by the stream thread.
public final class RecordCollector {
    private let sender: any BatchSender
    private let batchByteLimit: Int
    private var writers: [String: TopicWriter] = [:]
    /// In order of first use, so that flushes have a defined order.
    private var order: [TopicWriter] = []

    /// - Parameter batchByteLimit: a batch is sent as soon as it is this large.
    /// - Parameter sender: where full batches go.
    public init(sender: any BatchSender, batchByteLimit: Int = 256 * 1024) {
        self.sender = sender
        self.batchByteLimit = batchByteLimit
    }

    /// The writer for a topic. Ask once, when a node is made, and keep it.
    public func writer(for topic: String) throws -> TopicWriter {
        if let writer = writers[topic] { return writer }
        let writer = TopicWriter(
            topic: topic, partitionCount: try sender.partitionCount(of: topic), sender: sender,
            batchByteLimit: batchByteLimit)
        writers[topic] = writer
        order.append(writer)
        return writer
    }

    /// Sends all open batches.
    public func flush() throws { for writer in order { try writer.flush() } }

    /// Drops what has not been sent (the transaction is aborted).
    public func discard() { for writer in order { writer.discard() } }
}

/// The open batches of one topic. Owned by the stream thread.
public final class TopicWriter {
    /// The topic that is written.
    public let topic: String
    /// How many partitions it has.
    public let partitionCount: Int32
    private let sender: any BatchSender
    private let batchByteLimit: Int
    private let batches: [PartitionBatch]
    @exclusivity(unchecked)
    private var nextUnkeyedPartition: Int32 = 0

    init(topic: String, partitionCount: Int32, sender: any BatchSender, batchByteLimit: Int) {
        self.topic = topic
        self.partitionCount = partitionCount
        self.sender = sender
        self.batchByteLimit = batchByteLimit
        batches = (0..<partitionCount).map { PartitionBatch(TopicPartition(topic, $0)) }
    }

    /// Appends a record. Without a partition, the key's murmur2 hash chooses, as in Kafka's Java client; without a
    /// key, partitions take turns batch by batch.
    public func append(
        key: RawSpan?, value: RawSpan?, partition: Int32? = nil, timestamp: Timestamp, headers: Headers = .empty
    ) throws {
        let index: Int32
        if let partition {
            guard partition >= 0 && partition < partitionCount else {
                throw ClusterError(
                    .invalidRequest, "a partitioner chose partition \(partition) of \(partitionCount)",
                    partition: TopicPartition(topic, max(0, partition)))
            }
            index = partition
        } else if let key {
            index = partitionCount == 1 ? 0 : Murmur2.partition(key: key, of: partitionCount)
        } else {
            index = nextUnkeyedPartition
        }
        let batch = batches[Int(index)]
        batch.builder.append(timestamp: timestamp, key: key, value: value, headers: headers)
        if batch.builder.byteCount >= batchByteLimit { try send(batch) }
    }

    func flush() throws { for batch in batches where !batch.builder.isEmpty { try send(batch) } }

    func discard() { for batch in batches { batch.builder.reset() } }

    private func send(_ batch: PartitionBatch) throws {
        try sender.send(&batch.builder, to: batch.partition)
        batch.builder.reset()
        if batch.partition.partition == nextUnkeyedPartition {
            nextUnkeyedPartition = (nextUnkeyedPartition + 1) % partitionCount
        }
    }
}

/// A builder cannot be an array's element, since it cannot be copied.
private final class PartitionBatch {
    let partition: TopicPartition
    // The collector's thread only; checked accesses would cost as much as a short record.
    @exclusivity(unchecked)
    var builder = RecordBatchBuilder()

    init(_ partition: TopicPartition) { self.partition = partition }
}
