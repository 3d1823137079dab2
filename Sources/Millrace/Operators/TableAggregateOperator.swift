public import MillraceStores

/// `count`, `aggregate` and `reduce` of a grouped table: first the old row is subtracted, then the new one added
/// (SEMANTICS H2). The subtractor is not called where the group has no aggregate. Runs on the task's thread; reads and
/// writes the task's store.
@usableFromInline
enum TableAggregateOperator {
    /// - Parameters:
    ///   - start: the aggregate with a group's first row.
    ///   - adder: nil deletes the group's row, as does a subtractor's nil if no new row follows.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable, Aggregate: Sendable>(
        _ assembly: NodeAssembly, store name: String, emission: EmissionPolicy?,
        start: @escaping @Sendable (Key, Value) throws -> Aggregate?,
        adder: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?,
        subtractor: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) throws -> Receiver<Key, Change<Value>> {
        let store = try assembly.store(name, as: KeyValueStore<Key, Aggregate>.self)
        let forward = try TableForwarder<Key, Aggregate>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let change = record.value else { return }
            guard let key = record.key else {
                return try context.handleProcessingError(UnexpectedNull(.key), node: node)
            }
            let before = try store.get(key)
            var aggregate = before?.value
            do {
                if let old = change.old, let present = aggregate { aggregate = try subtractor(key, old, present) }
                if let new = change.new {
                    if let present = aggregate {
                        aggregate = try adder(key, new, present)
                    } else {
                        aggregate = try start(key, new)
                    }
                }
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            let timestamp = before.map { max($0.timestamp, record.timestamp) } ?? record.timestamp
            try store.write(key, aggregate, at: timestamp)
            try forward(key, new: aggregate, old: before?.value, timestamp: timestamp, headers: record.headers)
        }
    }
}
