/// The sink node: encodes a record into scratch memory and from there into the open batch of its partition. Runs on
/// the task's thread; the collector sends full batches.
@usableFromInline
enum SinkOperator {
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, topic: TopicReference, _ produced: Produced<Key, Value>, key: AnySerde<Key>,
        value: AnySerde<Value>
    ) throws -> Receiver<Key, Value> {
        let context = assembly.context
        let node = assembly.node.name
        let writer = try context.collector.writer(for: assembly.topicName(topic))
        let scratch = SinkScratch()
        let partitioner = produced.partitioner
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard try scratch.encode(record, key: key, value: value, context: context, node: node) else { return }
            let partition: Int32?
            do {
                partition = try SinkOperator.partition(of: record, partitioner, writer.partitionCount)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try scratch.write(record.timestamp, record.headers, partition: partition, to: writer)
        }
    }

    /// The same where each record names its topic.
    @inlinable
    static func assembleDynamic<Key, Value>(
        _ assembly: NodeAssembly, _ produced: Produced<Key, Value>, key: AnySerde<Key>, value: AnySerde<Value>,
        topic chooseTopic: @escaping @Sendable (Record<Key, Value>) throws -> String
    ) throws -> Receiver<Key, Value> {
        let context = assembly.context
        let node = assembly.node.name
        let scratch = SinkScratch()
        let partitioner = produced.partitioner
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let topic: String
            do {
                topic = try chooseTopic(record)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            let writer = try context.collector.writer(for: topic)
            guard try scratch.encode(record, key: key, value: value, context: context, node: node) else { return }
            let partition: Int32?
            do {
                partition = try SinkOperator.partition(of: record, partitioner, writer.partitionCount)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try scratch.write(record.timestamp, record.headers, partition: partition, to: writer)
        }
    }

    /// What the user's partitioner chooses, if there is one.
    @inlinable
    static func partition<Key, Value>(
        of record: Record<Key, Value>, _ partitioner: Produced<Key, Value>.Partitioner?, _ count: Int32
    ) throws -> Int32? {
        guard let partitioner, let partition = try partitioner(record.key, record.value, count) else { return nil }
        guard partition >= 0 && partition < count else { throw InvalidPartition(partition, of: count) }
        return partition
    }
}

/// A partitioner has chosen a partition that the topic does not have.
public struct InvalidPartition: Error, Hashable, Sendable, CustomStringConvertible {
    /// The partition that a partitioner chose.
    public let partition: Int32
    /// How many partitions the topic has.
    public let partitionCount: Int32

    @usableFromInline
    init(_ partition: Int32, of count: Int32) {
        self.partition = partition
        partitionCount = count
    }

    public var description: String {
        "the partitioner chose partition \(partition) of a topic that has \(partitionCount)"
    }
}

/// Where a sink encodes: the memory is used again for every record. Touched by the task's thread only, one access at a
/// time: checking that would cost more than the encoding.
@usableFromInline
final class SinkScratch {
    @exclusivity(unchecked)
    @usableFromInline var key = ByteWriter()
    @exclusivity(unchecked)
    @usableFromInline var value = ByteWriter()
    @exclusivity(unchecked)
    @usableFromInline var hasKey = false
    @exclusivity(unchecked)
    @usableFromInline var hasValue = false
    @exclusivity(unchecked)
    @usableFromInline var partitionSuffixByteCount = 0

    @usableFromInline init() {}

    /// Returns false where a serde failed and the record is to be dropped.
    @inlinable
    func encode<Key, Value>(
        _ record: Record<Key, Value>, key keySerde: AnySerde<Key>, value valueSerde: AnySerde<Value>,
        context: TaskContext, node: String
    ) throws -> Bool {
        key.removeAll()
        value.removeAll()
        hasKey = record.key != nil
        hasValue = record.value != nil
        partitionSuffixByteCount = keySerde.partitionSuffixByteCount
        do {
            if let plain = record.key { try keySerde.encode(plain, &key) }
            if let plain = record.value { try valueSerde.encode(plain, &value) }
            return true
        } catch {
            try context.handleProductionError(error, node: node)
            return false
        }
    }

    @usableFromInline
    func write(_ timestamp: Timestamp, _ headers: Headers, partition: Int32?, to writer: TopicWriter) throws {
        var partition = partition
        if partition == nil, partitionSuffixByteCount > 0, hasKey {
            let prefix = key.bytes.extracting(0..<(key.count - partitionSuffixByteCount))
            partition = Murmur2.partition(key: prefix, of: writer.partitionCount)
        }
        try SinkScratch.append(
            key, hasKey, value, hasValue, partition: partition, timestamp: timestamp, headers: headers,
            to: writer)
    }

    // The spans depend on the writers, which therefore come as borrows.
    private static func append(
        _ key: borrowing ByteWriter, _ hasKey: Bool, _ value: borrowing ByteWriter, _ hasValue: Bool,
        partition: Int32?, timestamp: Timestamp, headers: Headers, to writer: TopicWriter
    ) throws {
        switch (hasKey, hasValue) {
        case (true, true):
            try writer.append(
                key: key.bytes, value: value.bytes, partition: partition, timestamp: timestamp, headers: headers)
        case (true, false):
            try writer.append(key: key.bytes, value: nil, partition: partition, timestamp: timestamp, headers: headers)
        case (false, true):
            try writer.append(
                key: nil, value: value.bytes, partition: partition, timestamp: timestamp, headers: headers)
        case (false, false):
            try writer.append(key: nil, value: nil, partition: partition, timestamp: timestamp, headers: headers)
        }
    }
}
