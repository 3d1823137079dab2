public import MillraceStores

/// Turns a stream of rows into a table's changes: `table` and `toTable` (SEMANTICS B, F1, H3). The last record of a
/// key by offset wins, whatever its timestamp. Runs on the task's thread; reads and writes the task's store, if the
/// table has one.
@usableFromInline
enum TableSourceOperator {
    /// - Parameter sparesTombstones: passes over the deletion of a row that is not there, where the table has a store.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, emission: EmissionPolicy?, sparesTombstones: Bool = false, _ key: Key.Type,
        _ value: Value.Type
    ) throws -> Receiver<Key, Value> {
        guard let name = assembly.node.table.storeName else {
            let downstream: Receiver<Key, Change<Value>> = try assembly.downstream()
            let metrics = assembly.metrics
            return Receiver { record in
                metrics.countRecord()
                if record.key == nil { return metrics.drop(.nullKey) }
                try downstream(record.with(value: Change(new: record.value, old: nil)))
            }
        }
        let store = try assembly.store(name, as: KeyValueStore<Key, Value>.self)
        let forward = try TableForwarder<Key, Value>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let needsOldValue = forward.sendsOldValues || sparesTombstones
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            let old = needsOldValue ? try store.value(for: key) : nil
            if sparesTombstones && record.value == nil && old == nil { return }
            try store.write(key, record.value, at: record.timestamp)
            try forward(key, new: record.value, old: old, timestamp: record.timestamp, headers: record.headers)
        }
    }
}
