public import MillraceStores

/// The join of a stream with a table (SEMANTICS B, F1; NOTES 8): each record of the stream meets the table's row of its
/// key as it is now. Null values are dropped; null keys too, except in a left join, where they meet no row. Runs on the
/// task's thread; reads the table's store.
@usableFromInline
enum StreamTableJoinOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Row: Sendable, Result>(
        _ assembly: NodeAssembly, table: TableGetter<Key, Row>, isLeft: Bool,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Result> = try assembly.downstream()
        let rows = try table.assemble(assembly)
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let value = record.value else { return metrics.drop(.nullValue) }
            if record.key == nil && !isLeft { return metrics.drop(.nullKey) }
            let row: Row?
            do {
                row = try record.key.flatMap { try rows($0)?.value }
            } catch let error as RowComputationError {
                return try context.handleProcessingError(error.cause, node: node)
            }
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
