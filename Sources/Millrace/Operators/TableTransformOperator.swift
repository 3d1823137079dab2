public import MillraceStores

/// `filter`, `filterNot` and `mapValues` of a table: each row computed from the parent's row (SEMANTICS H1, NOTES 3).
/// Runs on the task's thread; writes the task's store, if the table has one.
@usableFromInline
enum TableTransformOperator {
    /// - Parameters:
    ///   - skipsAbsent: where old values are known, says nothing of rows that were and are absent (`filter`).
    ///   - transform: the row for a parent's row; nil where there is none.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable, NewValue: Sendable>(
        _ assembly: NodeAssembly, emission: EmissionPolicy?, skipsAbsent: Bool,
        _ transform: @escaping @Sendable (Key, Value) throws -> NewValue?
    ) throws -> Receiver<Key, Change<Value>> {
        let context = assembly.context
        let node = assembly.node.name
        let sendsOldValues = assembly.node.table.sendsOldValues
        let use = assembly.node.table.oldValueUse
        let sparesTombstones = !context.semantics.sendsNeedlessTombstones
        let skips = skipsAbsent || sparesTombstones
        guard let name = assembly.node.table.storeName else {
            let downstream: Receiver<Key, Change<NewValue>> = try assembly.downstream()
            let metrics = assembly.metrics
            return Receiver { record in
                metrics.countRecord()
                guard let key = record.key, let change = record.value else { return }
                let new: NewValue?
                let old: NewValue?
                do {
                    new = try change.new.flatMap { try transform(key, $0) }
                    let before = try OldRow(for: use, spares: skips && new == nil && change.isLatest) {
                        try change.old.flatMap { try transform(key, $0) }
                    }
                    guard case .sent(let value) = before else { return }
                    old = value
                } catch {
                    return try context.handleProcessingError(error, node: node)
                }
                try downstream(record.with(value: Change(new: new, old: old, isLatest: change.isLatest)))
            }
        }
        let store = try assembly.store(name, as: KeyValueStore<Key, NewValue>.self)
        let forward = try TableForwarder<Key, NewValue>(assembly, emission)
        forward.coalesce(store, in: assembly)
        let knowsOld = sendsOldValues || sparesTombstones
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let change = record.value else { return }
            let new: NewValue?
            do {
                new = try change.new.flatMap { try transform(key, $0) }
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            let old = knowsOld ? try store.value(for: key) : nil
            if skips && knowsOld && new == nil && old == nil { return }
            try store.write(key, new, at: record.timestamp)
            try forward(key, new: new, old: old, timestamp: record.timestamp, headers: record.headers)
        }
    }
}

extension TableGetter {
    /// Rows computed from the rows of `parent`.
    @inlinable
    static func computed<Parent: Sendable>(
        from parent: TableGetter<Key, Parent>, _ transform: @escaping @Sendable (Key, Parent) throws -> Value?
    ) -> TableGetter {
        TableGetter(stores: parent.stores) { assembly in
            let rows = try parent.assemble(assembly)
            let compute = { (key: Key, row: ValueAndTimestamp<Parent>?) throws -> ValueAndTimestamp<Value>? in
                guard let row else { return nil }
                do {
                    return try transform(key, row.value).map { ValueAndTimestamp($0, at: row.timestamp) }
                } catch {
                    throw RowComputationError(cause: error)
                }
            }
            let asOf = rows.asOf.map { asOf in
                { (key: Key, time: Timestamp) in try compute(key, try asOf(key, time)) }
            }
            return ValueGetter(
                { key in try compute(key, rows(key)) }, forwarded: { key in try compute(key, rows.forwarded(key)) },
                asOf: asOf)
        }
    }
}

/// A user's closure threw while a row was computed for a reader, in whose node the error counts.
@usableFromInline
struct RowComputationError: Error {
    @usableFromInline let cause: any Error

    @inlinable
    init(cause: any Error) { self.cause = cause }
}
