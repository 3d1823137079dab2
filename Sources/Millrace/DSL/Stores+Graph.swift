public import MillraceStores

// From `Materialized` to the specification of a store.

extension TopologyGraph {
    @inlinable
    func addKeyValueStore<Key: Hashable & Sendable, Value>(
        _ name: String, _ materialized: Materialized<Key, Value>, key: AnySerde<Key>, value: AnySerde<Value>
    ) {
        let isPersistent = materialized.location == .persistent
        let store = Stores.keyValue(name, keySerde: key, valueSerde: value, isPersistent: isPersistent)
        addStore(materialized.isLogged ? store : store.withoutChangelog())
    }
}
