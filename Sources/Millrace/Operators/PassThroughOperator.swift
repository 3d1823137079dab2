/// Forwards records as they are: `merge`, the branches of `split`, and the null-key filter in front of repartition
/// topics (SEMANTICS B). Runs on the task's thread; no I/O.
@usableFromInline
enum PassThroughOperator {
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            try downstream(record)
        }
    }

    /// Drops records without a key; they are not counted (NOTES 1).
    @inlinable
    static func assembleNullKeyFilter<Key, Value>(
        _ assembly: NodeAssembly, _ key: Key.Type = Key.self, _ value: Value.Type = Value.self
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            if record.key != nil { try downstream(record) }
        }
    }
}
