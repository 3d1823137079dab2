/// `toStream` of a table: the new value of each change. Runs on the task's thread; no I/O.
@usableFromInline
enum TableToStreamOperator {
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, _ key: Key.Type, _ value: Value.Type
    ) throws -> Receiver<Key, Change<Value>> {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            try downstream(record.with(value: record.value?.new))
        }
    }
}
