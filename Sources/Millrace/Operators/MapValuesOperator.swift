/// `mapValues` of a stream: a new value, the same key. Runs on the task's thread; no I/O.
@usableFromInline
enum MapValuesOperator {
    @inlinable
    static func assemble<Key, Value, NewValue>(
        _ assembly: NodeAssembly, _ transform: @escaping @Sendable (Key?, Value?) throws -> NewValue?
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, NewValue> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let value: NewValue?
            do {
                value = try transform(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(record.with(value: value))
        }
    }
}
