public import MillraceStores

// From `Materialized` to the specification of a store.

extension TopologyGraph {
    @inlinable
    func addKeyValueStore<Key: Hashable & Sendable, Value>(
        _ name: String, _ materialized: Materialized<Key, Value>, key: AnySerde<Key>, value: AnySerde<Value>
    ) {
        refuseOnWindowClose(materialized.emission, of: name)
        refuseHistory(materialized.history, of: name)
        let isPersistent = materialized.location == .persistent
        let store = Stores.keyValue(name, keySerde: key, valueSerde: value, isPersistent: isPersistent)
        addStore(materialized.isLogged ? store : store.withoutChangelog())
    }
}

extension TopologyGraph {
    /// Windows stay at least for size and grace (SEMANTICS I1).
    @inlinable
    func addWindowStore<Key: Hashable & Sendable, Value>(
        _ name: String, _ materialized: Materialized<Key, Value>, _ windows: TimeWindows, key: AnySerde<Key>,
        value: AnySerde<Value>, node: String
    ) {
        let needed = windows.size + windows.grace
        let retention = materialized.retention ?? needed
        if let problem = windows.problem {
            fail(.invalidArgument(node: node, message: problem))
        } else if retention < needed {
            let message = "windows are kept for \(retention), but size and grace make \(needed)"
            fail(.invalidArgument(node: node, message: message))
        }
        if !windows.areClosing { refuseOnWindowClose(materialized.emission, of: node) }
        let isPersistent = materialized.location == .persistent
        let store = Stores.window(
            name, retention: retention, keySerde: key, valueSerde: value, isPersistent: isPersistent)
        addStore(materialized.isLogged ? store : store.withoutChangelog())
    }
}

extension TopologyGraph {
    /// Only windows close.
    @usableFromInline
    func refuseOnWindowClose(_ emission: EmissionPolicy?, of node: String) {
        guard emission == .onWindowClose else { return }
        let message =
            "emission is .onWindowClose, but there are no windows that close; choose .everyUpdate or .coalesced"
        fail(.invalidArgument(node: node, message: message))
    }
}

extension TopologyGraph {
    /// The store of a table made from a topic or a stream.
    @inlinable
    func addVersionedStore<Key: Hashable & Sendable, Value>(
        _ name: String, _ materialized: Materialized<Key, Value>, history: Duration, key: AnySerde<Key>,
        value: AnySerde<Value>
    ) {
        refuseOnWindowClose(materialized.emission, of: name)
        if history < .zero {
            fail(.invalidArgument(node: name, message: "a history of \(history); it must not be negative"))
        }
        let store = Stores.versioned(
            name, history: max(history, .zero), keySerde: key, valueSerde: value,
            isPersistent: materialized.location == .persistent)
        addStore(materialized.isLogged ? store : store.withoutChangelog())
    }

    /// Only tables made from a topic or a stream can be versioned.
    @usableFromInline
    func refuseHistory(_ history: Duration?, of store: String) {
        if history == nil { return }
        let message =
            "only tables made with builder.table and toTable can be versioned; leave the history out, or go through "
            + "toStream().toTable(.versioned(…))"
        fail(.invalidArgument(node: store, message: message))
    }
}
