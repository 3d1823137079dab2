/// `peek` and `forEach`: shows each record to the user. Runs on the task's thread; no I/O of its own.
@usableFromInline
enum PeekOperator {
    /// - Parameter forwards: false for `forEach`, which ends the chain.
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, forwards: Bool, _ action: @escaping @Sendable (Key?, Value?) throws -> Void
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Value>? = forwards ? try assembly.downstream() : nil
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            do {
                try action(record.key, record.value)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            try downstream?(record)
        }
    }
}
