/// `filter` and `filterNot` of a stream. Runs on the task's thread; no I/O.
@usableFromInline
enum FilterOperator {
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, keeping wanted: Bool, _ predicate: @escaping @Sendable (Key?, Value?) throws -> Bool
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let holds: Bool
            do {
                holds = try predicate(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            if holds == wanted { try downstream(record) }
        }
    }
}
