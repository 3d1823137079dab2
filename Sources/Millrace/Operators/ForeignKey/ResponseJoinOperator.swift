public import MillraceStores

/// Where the right side's answers come back: each is joined with the left row as it is now, if that is still the row
/// that asked (SEMANTICS G5). Runs on the task's thread; reads the left table's store.
@usableFromInline
enum ResponseJoinOperator {
    /// - Parameter joiner: not called without a left row, in an inner join not without a right one.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Left: Sendable, Right: Sendable, Result: Sendable>(
        _ assembly: NodeAssembly, table: TableGetter<Key, Left>, value: AnySerde<Left>, isLeft: Bool,
        _ joiner: @escaping @Sendable (Left, Right?) throws -> Result?
    ) throws -> Receiver<Key, ForeignKeyAnswer<Right>> {
        let downstream: Receiver<Key, Result> = try assembly.downstream()
        let rows = try table.assemble(assembly)
        let hasher = ValueHasher(value)
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key, let answer = record.value else { return metrics.drop(.nullKey) }
            let result: Result?
            do {
                let row = try rows(key)?.value
                let hash = try row.map { try hasher.hash($0) }
                guard hash == answer.hash else { return metrics.drop(.staleAnswer) }
                if let row, isLeft || answer.value != nil {
                    result = try joiner(row, answer.value)
                } else {
                    result = nil
                }
            } catch let error as RowComputationError {
                return try context.handleProcessingError(error.cause, node: node)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(record.with(value: result))
        }
    }
}
