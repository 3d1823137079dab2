// Tables computed row by row from another table. With a `Materialized` that has a name the table has a store of its
// own and can be queried; else its rows are computed from the parent's when they are needed.

extension KTable {
    /// The rows for which `predicate` holds. Rows that stop to fulfil it are deleted downstream; a tombstone also goes
    /// on for rows that never did, unless old values are known (SEMANTICS H1).
    @inlinable
    public func filter(
        _ materialized: Materialized<Key, Value>? = nil, name: String? = nil,
        _ predicate: @escaping @Sendable (Key, Value) throws -> Bool
    ) -> KTable<Key, Value> {
        // If old values are to be had without a new store, they spare tombstones.
        let knowsOldValues = access.enableOldValues(false)
        return transformed(
            "KTABLE-FILTER-", materialized, valueSerde: valueSerde, name: name, knowsOldValues: knowsOldValues,
            // A version that is filtered away ends the one before it.
            skipsAbsent: access.history == nil
        ) { key, value in try predicate(key, value) ? value : nil }
    }

    /// The rows for which `predicate` does not hold.
    @inlinable
    public func filterNot(
        _ materialized: Materialized<Key, Value>? = nil, name: String? = nil,
        _ predicate: @escaping @Sendable (Key, Value) throws -> Bool
    ) -> KTable<Key, Value> {
        filter(materialized, name: name) { key, value in try !predicate(key, value) }
    }

    /// A new value for each row; nil deletes it. Not called where a row is deleted.
    @inlinable
    public func mapValues<NewValue: Sendable>(
        _ materialized: Materialized<Key, NewValue>? = nil, name: String? = nil,
        _ transform: @escaping @Sendable (Value) throws -> NewValue?
    ) -> KTable<Key, NewValue> {
        mapValues(materialized, name: name) { (_: Key, value) in try transform(value) }
    }

    /// The same with a look at the key.
    @inlinable
    public func mapValues<NewValue: Sendable>(
        _ materialized: Materialized<Key, NewValue>? = nil, name: String? = nil,
        _ transform: @escaping @Sendable (Key, Value) throws -> NewValue?
    ) -> KTable<Key, NewValue> {
        transformed(
            "KTABLE-MAPVALUES-", materialized, valueSerde: nil, name: name, knowsOldValues: false, skipsAbsent: false,
            transform)
    }

    @inlinable
    func transformed<NewValue: Sendable>(
        _ prefix: String, _ materialized: Materialized<Key, NewValue>?, valueSerde inherited: AnySerde<NewValue>?,
        name: String?, knowsOldValues: Bool, skipsAbsent: Bool,
        _ transform: @escaping @Sendable (Key, Value) throws -> NewValue?
    ) -> KTable<Key, NewValue> {
        // Kafka Streams spends the number of a store name that it then does not use.
        if let materialized, materialized.name == nil { _ = graph.newStoreName(prefix) }
        let nodeName = name ?? graph.newName(prefix)
        let emission = materialized?.emission
        if materialized?.name == nil { graph.refuseOnWindowClose(emission, of: nodeName) }
        let node = graph.addNode(nodeName, parents: [node]) { assembly in
            try TableTransformOperator.assemble(
                assembly, emission: emission, skipsAbsent: skipsAbsent, transform)
        }
        node.passOldValues()
        if skipsAbsent { node.wantOldValues() }
        if knowsOldValues { node.sendOldValues() }
        var valueSerde = materialized?.value ?? inherited
        if let materialized, let store = materialized.name {
            let key = graph.require(materialized.key ?? keySerde, "key", of: nodeName)
            let value = graph.require(valueSerde, "value", of: nodeName)
            graph.addKeyValueStore(store, materialized, key: key, value: value)
            node.connect(to: store)
            node.keepTable(in: store)
            valueSerde = value
        }
        let parent = access
        let access = TableAccess<Key, NewValue>(
            enableOldValues: { isForced in
                if node.table.storeName != nil || parent.enableOldValues(isForced) { node.sendOldValues() }
                return node.table.sendsOldValues
            },
            getter: {
                if let store = node.table.storeName { return .store(store) }
                return .computed(from: parent.getter(), transform)
            }, history: materialized?.name == nil ? parent.history : nil)
        return KTable<Key, NewValue>(
            graph: graph, node: node, keySerde: materialized?.key ?? keySerde, valueSerde: valueSerde,
            sources: sources, access: access)
    }
}
