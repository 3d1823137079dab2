/// `map`, `selectKey` and the key choice of `groupBy`: a new key and value for each record. Runs on the task's
/// thread; no I/O.
@usableFromInline
enum MapOperator {
    @inlinable
    static func assemble<Key, Value, NewKey, NewValue>(
        _ assembly: NodeAssembly, _ transform: @escaping @Sendable (Key?, Value?) throws -> (NewKey?, NewValue?)
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<NewKey, NewValue> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let (key, value): (NewKey?, NewValue?)
            do {
                (key, value) = try transform(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(Record(key: key, value: value, timestamp: record.timestamp, headers: record.headers))
        }
    }

    @inlinable
    static func assembleSelectKey<Key, Value, NewKey>(
        _ assembly: NodeAssembly, newValue: Value.Type = Value.self,
        _ selector: @escaping @Sendable (Key?, Value?) throws -> NewKey?
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<NewKey, Value> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let key: NewKey?
            do {
                key = try selector(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream(record.with(key: key))
        }
    }
}
