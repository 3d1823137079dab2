internal import MillraceStores

/// Which of the stores of this instance are asked. Immutable; any thread.
struct LocalQuery: Sendable {
    let name: String
    /// Whether stores will do that are restored or follow their owners.
    let includesStale: Bool
    /// Nil for all that are here.
    let partition: Int32?
    let registry: QueryRegistry
    /// Throws where the application does not run.
    let checkRunning: @Sendable () throws(QueryError) -> Void
}

/// All local partitions of one store, of one type: what the views of the kinds are built on. Immutable; any thread.
struct LocalStore<Store>: Sendable {
    private let query: LocalQuery
    var name: String { query.name }

    init(_ query: LocalQuery) { self.query = query }

    /// The partitions as they are now; all must be ready, or an answer would be incomplete.
    func partitions() throws(QueryError) -> [QueryableStore] {
        try query.checkRunning()
        if query.registry.isInsideTask { throw .insideTask(store: name) }
        let found = query.registry.local(name, includingStandbys: query.includesStale)
            .filter { query.partition == nil || $0.task.partition == query.partition }
        if found.isEmpty { throw .notHere(store: name) }
        return found
    }

    func read<Result>(
        _ partition: QueryableStore, _ body: (Store) throws -> Result
    ) throws(QueryError) -> Result {
        try partition.read(includingStale: query.includesStale) { store in
            guard let typed = store as? Store else {
                throw QueryError.wrongType(store: name, expected: "\(Store.self)", found: "\(type(of: store))")
            }
            return try body(typed)
        }
    }
}
