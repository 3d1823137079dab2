/// The source node: decodes one queue's records and sends them into the chain (SEMANTICS A9). Runs on the task's
/// thread; no I/O.
@usableFromInline
enum SourceOperator {
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, key keySerde: AnySerde<Key>, value valueSerde: AnySerde<Value>,
        extractor: TimestampExtractor<Key, Value>
    ) throws -> SourceFactory {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        let isInternal = assembly.readsInternalTopic
        return SourceFactory {
            let head = PreparedRecord<Key, Value>()
            return SourceReceiver(
                prepare: { bytes, slot, partitionTime in
                    do {
                        head.record.key = try slot.key.map { try keySerde.decode(bytes.extracting($0)) }
                        head.record.value = try slot.value.map { try valueSerde.decode(bytes.extracting($0)) }
                        head.record.headers = try slot.headers(in: bytes)
                    } catch {
                        try context.handleDeserializationError(error, node: node)
                        return nil
                    }
                    head.record.timestamp = slot.timestamp
                    var timestamp = try extractor.timestamp(
                        of: head.record, partitionTime: partitionTime, context: context, node: node)
                    guard timestamp >= .epoch else {
                        metrics.drop(.negativeTimestamp)
                        return nil
                    }
                    if timestamp > context.latestTimestamp, !isInternal {
                        guard let allowed = try context.handleFuture(timestamp, node: node) else { return nil }
                        timestamp = allowed
                    }
                    head.record.timestamp = timestamp
                    return timestamp
                },
                process: {
                    metrics.countRecord()
                    try downstream(
                        Record(
                            key: head.record.key.take(), value: head.record.value.take(),
                            timestamp: head.record.timestamp, headers: head.record.headers))
                })
        }
    }
}

/// The decoded head of one partition's queue.
@usableFromInline
final class PreparedRecord<Key, Value> {
    // Touched by the task's thread only; checked accesses would cost more than the decoding.
    @exclusivity(unchecked)
    @usableFromInline var record = Record<Key, Value>(key: nil, value: nil, timestamp: .epoch)

    @inlinable init() {}
}
