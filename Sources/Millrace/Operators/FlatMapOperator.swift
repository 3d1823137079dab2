/// `flatMap` and `flatMapValues`: any number of records for each one, with its timestamp and headers
/// (SEMANTICS A10). Runs on the task's thread; no I/O.
@usableFromInline
enum FlatMapOperator {
    @inlinable
    static func assemble<Key, Value, NewKey, NewValue, Pairs: Sequence & SendableMetatype>(
        _ assembly: NodeAssembly, _ transform: @escaping @Sendable (Key?, Value?) throws -> Pairs
    ) throws -> Receiver<Key, Value> where Pairs.Element == (NewKey?, NewValue?) {
        let downstream: Receiver<NewKey, NewValue> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let pairs: Pairs
            do {
                pairs = try transform(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            for (key, value) in pairs {
                try downstream(Record(key: key, value: value, timestamp: record.timestamp, headers: record.headers))
            }
        }
    }

    @inlinable
    static func assembleValues<Key, Value, NewValue, Values: Sequence & SendableMetatype>(
        _ assembly: NodeAssembly, _ transform: @escaping @Sendable (Key?, Value?) throws -> Values
    ) throws -> Receiver<Key, Value> where Values.Element == NewValue? {
        let downstream: Receiver<Key, NewValue> = try assembly.downstream()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            let values: Values
            do {
                values = try transform(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            for value in values { try downstream(record.with(value: value)) }
        }
    }
}
