/// The last node of a cogroup: the changes that the streams' nodes make in their common store, as those of one table.
/// What waits for a commit it forwards itself, once for all of them. Runs on the task's thread; reads the task's store.
@usableFromInline
enum CogroupMergeOperator {
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, emission: EmissionPolicy?,
        _ coalesce: (TableForwarder<Key, Value>, NodeAssembly) throws -> Void
    ) throws -> Receiver<Key, Change<Value>> {
        let forward = try TableForwarder<Key, Value>(assembly, emission)
        if !forward.isImmediate { try coalesce(forward, assembly) }
        let downstream = forward.downstream
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            try downstream(record)
        }
    }
}
