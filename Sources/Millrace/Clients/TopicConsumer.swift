public import MillraceCluster
import MillraceCore

/// Reads all partitions of one topic as typed records, from its beginning, outside any group: for programs that show or
/// check what an application wrote. It sees committed records only. Does I/O through the cluster; one thread owns it.
///
///     let totals = try TopicConsumer(cluster, topic: "totals", Consumed(key: .string, value: .int64))
///     for record in try totals.readToEnd() { print(record.key, record.value) }
///     totals.close()
public final class TopicConsumer<Key, Value> {
    private let cluster: any Cluster
    private let consumer: any ClusterConsumer
    private let partitions: [TopicPartition]
    private let key: AnySerde<Key>
    private let value: AnySerde<Value>

    /// - Parameters:
    ///   - topic: must exist.
    ///   - consumed: both serdes; the timestamps are those of the records.
    ///   - clientID: what the consumer calls itself.
    ///   - cluster: where the topic is.
    /// - Throws: `ClusterError`; `.unknownTopic` where the topic does not exist.
    public init(
        _ cluster: any Cluster, topic: String, _ consumed: Consumed<Key, Value>,
        clientID: String = "millrace-consumer"
    ) throws {
        guard let description = try cluster.admin.describeTopic(topic) else {
            throw ClusterError(.unknownTopic, "topic \(topic) does not exist; create it first")
        }
        self.cluster = cluster
        key = consumed.key
        value = consumed.value
        partitions = (0..<description.partitionCount).map { TopicPartition(topic, $0) }
        consumer = try cluster.makeConsumer(
            ConsumerConfiguration(groupID: nil, clientID: clientID, isolation: .readCommitted))
        try consumer.assign(partitions)
        for partition in partitions {
            try consumer.seek(partition, to: try cluster.admin.offset(of: partition, at: .earliest) ?? .zero)
        }
    }

    /// What the topic has now and was not read yet; within a partition in order.
    ///
    /// - Parameter maxWait: how long to wait for the first record where there is none.
    /// - Throws: `ClusterError`, and what the serdes throw.
    public func read(maxWait: Duration = .zero) throws -> [Record<Key, Value>] {
        var fetched: [FetchedBatches] = []
        _ = try consumer.poll(maxWait: maxWait, into: &fetched)
        var records: [Record<Key, Value>] = []
        for batches in fetched { try append(batches, to: &records) }
        return records
    }

    /// All records up to where the topic ends as this is called, but for those read before.
    ///
    /// - Throws: `ClusterError`, and what the serdes throw.
    public func readToEnd() throws -> [Record<Key, Value>] {
        var open = try partitions.map { partition in
            (partition, try cluster.admin.offset(of: partition, at: .latest(.readCommitted)) ?? .zero)
        }
        var records: [Record<Key, Value>] = []
        while true {
            open = try open.filter { try consumer.position(of: $0.0) < $0.1 }
            if open.isEmpty { return records }
            records += try read(maxWait: .milliseconds(50))
        }
    }

    /// Gives the consumer back.
    public func close() { consumer.close() }

    private func append(_ fetched: FetchedBatches, to records: inout [Record<Key, Value>]) throws {
        for batch in fetched.batches {
            let bytes = fetched.buffer.bytes
            var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
            while let slot = try cursor.next(in: bytes) {
                if slot.offset < fetched.startOffset { continue }
                records.append(
                    Record(
                        key: try slot.key.map { try key.decode(bytes.extracting($0)) },
                        value: try slot.value.map { try value.decode(bytes.extracting($0)) },
                        timestamp: slot.timestamp, headers: try slot.headers(in: bytes)))
            }
        }
    }
}
