public import MillraceCluster
public import MillraceCore

/// Writes typed records to one topic, for programs that feed an application. It is idempotent; records of one partition
/// keep their order. Does I/O through the cluster; one thread owns it.
///
///     let posts = try TopicProducer(cluster, topic: "posts", Produced(key: .string, value: .json(Post.self)))
///     try posts.send("p1", Post(author: "ada"), at: now)
///     try posts.flush()
///     posts.close()
public final class TopicProducer<Key, Value> {
    private let key: AnySerde<Key>
    private let value: AnySerde<Value>
    private let partitioner: Produced<Key, Value>.Partitioner?
    private let producer: any ClusterProducer
    private let collector: RecordCollector
    private let writer: TopicWriter
    private let scratch = SinkScratch()

    /// - Parameters:
    ///   - topic: must exist.
    ///   - produced: both serdes; the partitioner, where it has one, chooses partitions.
    ///   - batchByteLimit: a partition's batch is sent as soon as it is this large.
    ///   - clientID: what the producer calls itself.
    ///   - cluster: where the topic is.
    /// - Throws: `ClusterError`; `.unknownTopic` where the topic does not exist. `TopologyError.missingSerde`.
    public init(
        _ cluster: any Cluster, topic: String, _ produced: Produced<Key, Value>, batchByteLimit: Int = 256 << 10,
        clientID: String = "millrace-producer"
    ) throws {
        guard let key = produced.key else {
            throw TopologyError.missingSerde(node: "producer of \(topic)", role: "key")
        }
        guard let value = produced.value else {
            throw TopologyError.missingSerde(node: "producer of \(topic)", role: "value")
        }
        self.key = key
        self.value = value
        partitioner = produced.partitioner
        producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: clientID))
        let sender = ProducerSender(producer, cluster.admin)
        collector = RecordCollector(sender: sender, batchByteLimit: batchByteLimit)
        writer = try collector.writer(for: topic)
    }

    /// Appends a record to the open batch of its partition: the key's hash chooses it, as in Kafka's Java client.
    ///
    /// - Parameters:
    ///   - key: nil is a null key.
    ///   - value: nil is a null value: a tombstone, where the topic feeds a table.
    ///   - timestamp: of the event.
    ///   - headers: that travel along.
    /// - Throws: `ClusterError`, what the serdes throw, `InvalidPartition`.
    public func send(_ key: Key?, _ value: Value?, at timestamp: Timestamp, headers: Headers = .empty) throws {
        scratch.key.removeAll()
        scratch.value.removeAll()
        scratch.hasKey = key != nil
        scratch.hasValue = value != nil
        scratch.partitionSuffixByteCount = self.key.partitionSuffixByteCount
        if let key { try self.key.encode(key, &scratch.key) }
        if let value { try self.value.encode(value, &scratch.value) }
        let record = Record(key: key, value: value, timestamp: timestamp, headers: headers)
        let partition = try SinkOperator.partition(of: record, partitioner, writer.partitionCount)
        try scratch.write(timestamp, headers, partition: partition, to: writer)
    }

    /// Sends what waits in open batches, and returns once the broker has everything.
    public func flush() throws {
        try collector.flush()
        try producer.flush()
    }

    /// Gives the producer back. What was not flushed is lost.
    public func close() { producer.close() }
}

/// A producer as the collector sees it.
private final class ProducerSender: BatchSender {
    private let producer: any ClusterProducer
    private let admin: any ClusterAdmin

    init(_ producer: any ClusterProducer, _ admin: any ClusterAdmin) {
        self.producer = producer
        self.admin = admin
    }

    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
        try producer.send(&batch, to: partition)
    }

    func partitionCount(of topic: String) throws -> Int32 {
        guard let description = try admin.describeTopic(topic) else {
            throw ClusterError(.unknownTopic, "topic \(topic) does not exist; create it first")
        }
        return description.partitionCount
    }
}
