public import MillraceStores

/// `reduce` of a grouped stream (SEMANTICS B; NOTES 2, 9): the first value of a key is taken as it is. Records without
/// key or value are dropped. Runs on the task's thread; reads and writes the task's store.
@usableFromInline
enum ReduceOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, store name: String, emission: EmissionPolicy?,
        reducer: @escaping @Sendable (Value, Value) throws -> Value?
    ) throws -> Receiver<Key, Value> {
        let store = try assembly.store(name, as: KeyValueStore<Key, Value>.self)
        let forward = try TableForwarder<Key, Value>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            guard let value = record.value else { return metrics.drop(.nullValue) }
            var new: Value? = value
            var timestamp = record.timestamp
            let before = try store.get(key)
            if let before {
                do {
                    new = try reducer(before.value, value)
                } catch {
                    return try context.handleProcessingError(error, node: node)
                }
                timestamp = max(before.timestamp, timestamp)
            }
            try store.write(key, new, at: timestamp)
            try forward(key, new: new, old: before?.value, timestamp: timestamp, headers: record.headers)
        }
    }
}
