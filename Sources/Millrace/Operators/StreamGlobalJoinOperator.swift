public import MillraceStores

/// The join of a stream with a global table (SEMANTICS B, F4; NOTES 8): each record meets the row of the key that a
/// mapper gives for it, as the table is now. The mapper is asked before nulls are looked at. Null values are dropped,
/// and records without a mapped key, except in a left join those that have no key of their own either.
///
/// Runs on the task's thread; reads a store that the global thread writes, which stands still meanwhile.
@usableFromInline
enum StreamGlobalJoinOperator {
    @inlinable
    static func assemble<Key, Value, GlobalKey: Hashable & Sendable, Row: Sendable, Result>(
        _ assembly: NodeAssembly, store name: String, isLeft: Bool,
        key mapper: @escaping @Sendable (Key?, Value?) throws -> GlobalKey?,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Result> = try assembly.downstream()
        let rows = KeyValueReader(of: try assembly.store(name, as: KeyValueStore<GlobalKey, Row>.self))
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let mapped: GlobalKey?
            do {
                mapped = try mapper(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            guard let value = record.value else { return metrics.drop(.nullValue) }
            if mapped == nil && !(isLeft && record.key == nil) { return metrics.drop(.nullKey) }
            let row: Row? = if let mapped { try rows.get(mapped)?.value } else { nil }
            if row == nil && !isLeft { return }
            let result: Result?
            do {
                result = try joiner(record.key, value, row)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(record.with(value: result))
        }
    }
}
