public import MillraceStores

/// Turns a stream of rows into the changes of a versioned table: `table` and `toTable` with a history (KIP-889;
/// SEMANTICS B, F2; NOTES on category 12). The row of a key is the one with the greatest timestamp; older ones become
/// versions and go on as changes that are not the latest. What is older than the history is dropped and counted.
///
/// Every change goes on at once, whatever the emission policy: no change of a version stands for another, and Kafka
/// Streams has no cache over such a store either. Runs on the task's thread; reads and writes the task's store.
@usableFromInline
enum VersionedTableOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, store name: String, _ key: Key.Type, _ value: Value.Type
    ) throws -> Receiver<Key, Value> {
        let store = try assembly.store(name, as: VersionedStore<Key, Value>.self)
        let downstream: Receiver<Key, Change<Value>> = try assembly.downstream()
        let sendsOldValues = assembly.node.table.sendsOldValues
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            let old = sendsOldValues ? try store.get(key)?.value : nil
            let placement = try store.put(key, record.value, at: record.timestamp)
            if placement == .expired { return metrics.drop(.late) }
            let change = Change(new: record.value, old: old, isLatest: placement == .latest)
            try downstream(record.with(value: change))
        }
    }
}

extension TableGetter {
    /// Rows of a versioned store.
    @inlinable
    static func versioned(_ name: String) -> TableGetter {
        TableGetter(stores: [name]) { assembly in
            let store = try assembly.store(name, as: VersionedStore<Key, Value>.self)
            return ValueGetter(
                { key in try store.get(key)?.stamped },
                asOf: { key, time in try store.get(key, asOf: time)?.stamped })
        }
    }
}

extension VersionedRecord {
    @inlinable var stamped: ValueAndTimestamp<Value> { ValueAndTimestamp(value, at: validFrom) }
}
