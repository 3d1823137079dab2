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
    private let open = OpenBatches()

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
            batchByteLimit: batchByteLimit, open: open)
        writers[topic] = writer
        return writer
    }

    /// Sends all open batches, in the order of their first records.
    public func flush() throws {
        for (writer, partition) in open.batches where !writer.isEmpty(partition) { try writer.send(partition) }
        open.batches.removeAll(keepingCapacity: true)
    }

    /// Drops what has not been sent (the transaction is aborted).
    public func discard() {
        for (writer, partition) in open.batches { writer.discard(partition) }
        open.batches.removeAll(keepingCapacity: true)
    }
}

/// Batches that have got a record since the last flush, in that order; one that was full and sent meanwhile may stand
/// here twice.
private final class OpenBatches {
    var batches: [(writer: TopicWriter, partition: Int32)] = []
}

/// The open batches of one topic. Owned by the stream thread.
public final class TopicWriter {
    /// The topic that is written.
    public let topic: String
    /// How many partitions it has.
    public let partitionCount: Int32
    private let sender: any BatchSender
    private let batchByteLimit: Int
    /// One for each partition, in its place from the first to the last: as elements of an array they would have to be
    /// objects, each of which is retained and released for every record.
    private let builders: UnsafeMutableBufferPointer<RecordBatchBuilder>
    private let open: OpenBatches
    @exclusivity(unchecked)
    private var nextUnkeyedPartition: Int32 = 0

    fileprivate init(
        topic: String, partitionCount: Int32, sender: any BatchSender, batchByteLimit: Int, open: OpenBatches
    ) {
        self.open = open
        self.topic = topic
        self.partitionCount = partitionCount
        self.sender = sender
        self.batchByteLimit = batchByteLimit
        builders = .allocate(capacity: Int(partitionCount))
        for index in builders.indices { builders.initializeElement(at: index, to: RecordBatchBuilder()) }
    }

    deinit {
        builders.deinitialize()
        builders.deallocate()
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
        let position = Int(index)
        if builders[position].isEmpty { open.batches.append((self, index)) }
        builders[position].append(timestamp: timestamp, key: key, value: value, headers: headers)
        if builders[position].byteCount >= batchByteLimit { try send(index) }
    }

    fileprivate func isEmpty(_ partition: Int32) -> Bool { builders[Int(partition)].isEmpty }
    fileprivate func discard(_ partition: Int32) { builders[Int(partition)].reset() }

    fileprivate func send(_ partition: Int32) throws {
        try sender.send(&builders[Int(partition)], to: TopicPartition(topic, partition))
        discard(partition)
        if partition == nextUnkeyedPartition {
            nextUnkeyedPartition = (nextUnkeyedPartition + 1) % partitionCount
        }
    }
}
