internal import MillraceStores

/// All local partitions of one store, of one type: what the views of the kinds are built on. Immutable; any thread.
struct LocalStore<Store>: Sendable {
    let name: String
    let registry: QueryRegistry
    /// Throws where the application does not run.
    let checkRunning: @Sendable () throws(QueryError) -> Void

    /// The partitions as they are now; all must be ready, or an answer would be incomplete.
    func partitions() throws(QueryError) -> [QueryableStore] {
        try checkRunning()
        if registry.isInsideTask { throw .insideTask(store: name) }
        let found = registry.local(name)
        if found.isEmpty { throw .notHere(store: name) }
        return found
    }

    func read<Result>(
        _ partition: QueryableStore, _ body: (Store) throws -> Result
    ) throws(QueryError) -> Result {
        try partition.read { store in
            guard let typed = store as? Store else {
                throw QueryError.wrongType(store: name, expected: "\(Store.self)", found: "\(type(of: store))")
            }
            return try body(typed)
        }
    }
}
