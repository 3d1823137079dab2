/// `groupBy` of a table: each change as a change of the group's rows. Where the group changes, the old row is taken out
/// of the old group before the new one is put into the new (SEMANTICS H2). Rows for which the mapper gives no key or no
/// value are in no group. Runs on the task's thread; no I/O.
@usableFromInline
enum TableGroupOperator {
    @inlinable
    static func assemble<Key, Value, NewKey: Equatable, NewValue>(
        _ assembly: NodeAssembly, _ mapper: @escaping @Sendable (Key, Value) throws -> (NewKey?, NewValue?)
    ) throws -> Receiver<Key, Change<Value>> {
        let downstream: Receiver<NewKey, Change<NewValue>> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            // Versions that are not the latest are in no group.
            guard let change = record.value, change.isLatest else { return }
            var old: (NewKey, NewValue)?
            var new: (NewKey, NewValue)?
            do {
                guard let key = record.key else { throw UnexpectedNull(.key) }
                new = try change.new.flatMap { complete(try mapper(key, $0)) }
                old = try change.old.flatMap { complete(try mapper(key, $0)) }
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            if let old, let new, old.0 == new.0 {
                return try downstream(record.with(new.0, Change(new: new.1, old: old.1)))
            }
            if let old { try downstream(record.with(old.0, Change(new: nil, old: old.1))) }
            if let new { try downstream(record.with(new.0, Change(new: new.1, old: nil))) }
        }
    }

    @inlinable
    static func complete<Key, Value>(_ pair: (Key?, Value?)) -> (Key, Value)? {
        guard let key = pair.0, let value = pair.1 else { return nil }
        return (key, value)
    }
}

extension Record {
    @inlinable
    func with<NewKey, NewValue>(_ key: NewKey, _ value: NewValue) -> Record<NewKey, NewValue> {
        Record<NewKey, NewValue>(key: key, value: value, timestamp: timestamp, headers: headers)
    }
}
