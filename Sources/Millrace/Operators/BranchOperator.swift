/// `split`: sends each record to the first branch whose predicate holds. Runs on the task's thread; no I/O.
@usableFromInline
enum BranchOperator {
    /// - Parameter predicates: one for each child in order; a child more than predicates is the default branch.
    @inlinable
    static func assemble<Key, Value>(
        _ assembly: NodeAssembly, _ predicates: [@Sendable (Key?, Value?) throws -> Bool]
    ) throws -> Receiver<Key, Value> {
        let branches: [Receiver<Key, Value>] = try assembly.downstreams()
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            var chosen = predicates.count
            do {
                for index in predicates.indices where try predicates[index](record.key, record.value) {
                    chosen = index
                    break
                }
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            if chosen < branches.count { try branches[chosen](record) }
        }
    }
}
