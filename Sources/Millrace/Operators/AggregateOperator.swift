public import MillraceStores

/// `count` and `aggregate` of a grouped stream (SEMANTICS B, C8, C10; NOTES 2, 9). Records without key or value are
/// dropped. Runs on the task's thread; reads and writes the task's store.
@usableFromInline
enum AggregateOperator {
    /// - Parameter aggregator: nil deletes the row; the next record starts anew.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Aggregate: Sendable>(
        _ assembly: NodeAssembly, store name: String, emission: EmissionPolicy?,
        initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
    ) throws -> Receiver<Key, Value> {
        let store = try assembly.store(name, as: KeyValueStore<Key, Aggregate>.self)
        let forward = try TableForwarder<Key, Aggregate>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let context = assembly.context
        let node = assembly.node.name
        // C10: Kafka Streams sends the initial value as the old one.
        let leaksInitial = context.semantics.leaksInitialValue
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            guard let value = record.value else { return metrics.drop(.nullValue) }
            let before = try store.get(key)
            var old = before?.value
            let new: Aggregate?
            do {
                if let present = old {
                    new = try aggregator(key, value, present)
                } else {
                    let start = try initial()
                    if leaksInitial { old = start }
                    new = try aggregator(key, value, start)
                }
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            let timestamp = before.map { max($0.timestamp, record.timestamp) } ?? record.timestamp
            try store.write(key, new, at: timestamp)
            try forward(key, new: new, old: old, timestamp: timestamp, headers: record.headers)
        }
    }
}
