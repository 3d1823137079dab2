public import MillraceCluster
import MillraceCore

/// Produces the lines of logs into a partitioned topic, keyed by nick, in batches. Does I/O through the cluster; one
/// thread owns it.
///
/// It can be killed and started again over the same logs: a line's partition follows from its nick, and the topic is
/// written by nobody else, so a partition that ends at offset n holds exactly the first n lines meant for it. Those
/// are passed over.
public final class ChatIngest {
    /// Lines passed over or sent.
    public private(set) var lineCount = 0
    /// Lines passed over because an earlier run had sent them.
    public private(set) var skippedCount = 0

    private let producer: any ClusterProducer
    private let partitions: [OpenBatch]
    private let batchBytes: Int
    private var key = ByteWriter()
    private var value = ByteWriter()

    /// - Parameter batchBytes: a partition's batch is sent when it has grown to this size.
    /// - Throws: `ClusterError`; `.unknownTopic` where the topic does not exist.
    public init(cluster: any Cluster, topic: String, batchBytes: Int = 64 << 10) throws {
        guard let description = try cluster.admin.describeTopic(topic) else {
            throw ClusterError(.unknownTopic, "topic \(topic) does not exist; create it first")
        }
        var partitions: [OpenBatch] = []
        for number in 0..<description.partitionCount {
            let partition = TopicPartition(topic, number)
            let end = try cluster.admin.offset(of: partition, at: .latest(.readUncommitted)) ?? .zero
            partitions.append(OpenBatch(partition: partition, sentBefore: end.rawValue))
        }
        self.partitions = partitions
        self.batchBytes = batchBytes
        producer = try cluster.makeProducer(
            ProducerConfiguration(transactionalID: nil, clientID: "chat-ingest"))
    }

    /// Sends the lines of one file that are not in the topic yet.
    public func send(_ file: LogFolder.File) throws {
        try ChatLogParser.forEachLine(of: try file.read(), day: file.day) { try send($0) }
    }

    /// Sends one line; it may wait in its batch until `flush`.
    public func send(_ line: ChatLogParser.Line) throws {
        key.removeAll()
        key.append(utf8: line.nick)
        let partition = partitions[Int(Murmur2.partition(key: key.bytes, of: Int32(partitions.count)))]
        lineCount += 1
        partition.lineCount += 1
        if partition.lineCount <= partition.sentBefore {
            skippedCount += 1
            return
        }
        value.removeAll()
        ChatLineSerde().serialize(line.line, into: &value)
        partition.builder.append(timestamp: line.timestamp, key: key.bytes, value: value.bytes)
        if partition.builder.byteCount >= batchBytes { try send(partition) }
    }

    /// Sends what is left in open batches and waits until the broker has everything.
    public func flush() throws {
        for partition in partitions where !partition.builder.isEmpty { try send(partition) }
        try producer.flush()
    }

    public func close() { producer.close() }

    private func send(_ open: OpenBatch) throws {
        try producer.send(&open.builder, to: open.partition)
        open.builder.reset()
    }

    /// One partition's batch in the making.
    private final class OpenBatch {
        let partition: TopicPartition
        /// Lines that lay in the partition when the ingest began.
        let sentBefore: Int64
        /// Lines of this run that belong here.
        var lineCount: Int64 = 0
        var builder = RecordBatchBuilder(capacity: 80 << 10)

        init(partition: TopicPartition, sentBefore: Int64) {
            self.partition = partition
            self.sentBefore = sentBefore
        }
    }
}
