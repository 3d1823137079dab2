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
        return SourceFactory {
            let head = PreparedRecord<Key, Value>()
            return SourceReceiver(
                prepare: { bytes, slot, partitionTime in
                    let record: Record<Key, Value>
                    do {
                        let key = try slot.key.map { try keySerde.decode(bytes.extracting($0)) }
                        let value = try slot.value.map { try valueSerde.decode(bytes.extracting($0)) }
                        record = Record(
                            key: key, value: value, timestamp: slot.timestamp, headers: try slot.headers(in: bytes))
                    } catch {
                        try context.handleDeserializationError(error, node: node)
                        return nil
                    }
                    let timestamp = try extractor.timestamp(
                        of: record, partitionTime: partitionTime, context: context, node: node)
                    guard timestamp >= .epoch else {
                        context.metrics.drop(.negativeTimestamp)
                        return nil
                    }
                    head.record = record
                    head.record?.timestamp = timestamp
                    return timestamp
                },
                process: {
                    guard let record = head.record.take() else { return }
                    try downstream(record)
                })
        }
    }
}

/// The decoded head of one partition's queue.
@usableFromInline
final class PreparedRecord<Key, Value> {
    @usableFromInline var record: Record<Key, Value>?

    @inlinable init() {}
}
