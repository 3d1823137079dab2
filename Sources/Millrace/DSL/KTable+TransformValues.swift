// Tables computed row by row with the help of stores.

extension KTable {
    /// A new value for each row, from an object of the user's that may read and write stores: Kafka Streams'
    /// `transformValues`. With a `Materialized` that has a name the table has a store of its own; else its rows are
    /// computed from the parent's when they are needed, so `transform` should give the same for the same row and
    /// contents of the stores.
    ///
    /// - Parameters:
    ///   - materialized: how the rows are kept.
    ///   - name: of the node.
    ///   - stores: names of the stores that the transformer uses (`StreamsBuilder.addStateStore`).
    ///   - make: makes the transformer of one task, once the task's stores are restored.
    @inlinable
    public func transformValues<
        NewValue: Sendable, User: ValueTransformer<Key, Value, NewValue> & SendableMetatype
    >(
        _ materialized: Materialized<Key, NewValue>? = nil, name: String? = nil, stores: [String] = [],
        _ make: @escaping @Sendable (TransformerContext) throws -> User
    ) -> KTable<Key, NewValue> {
        let prefix = "KTABLE-TRANSFORMVALUES-"
        // Kafka Streams spends the number of a store name that it then does not use.
        if let materialized, materialized.name == nil { _ = graph.newStoreName(prefix) }
        let nodeName = name ?? graph.newName(prefix)
        let emission = materialized?.emission
        if materialized?.name == nil { graph.refuseOnWindowClose(emission, of: nodeName) }
        let node = graph.addNode(nodeName, parents: [node], stores: stores) { assembly in
            try TableValueTransformOperator.assemble(assembly, emission: emission, stores: stores, make)
        }
        if let materialized, let store = materialized.name {
            let key = graph.require(materialized.key ?? keySerde, "key", of: nodeName)
            let value = graph.require(materialized.value, "value", of: nodeName)
            graph.addKeyValueStore(store, materialized, key: key, value: value)
            node.connect(to: store)
            node.keepTable(in: store)
        }
        let parent = access
        let access = TableAccess<Key, NewValue>(
            enableOldValues: { isForced in
                if node.table.storeName != nil || parent.enableOldValues(isForced) { node.sendOldValues() }
                return node.table.sendsOldValues
            },
            getter: {
                if let store = node.table.storeName { return .store(store) }
                return .transformed(from: parent.getter(), stores: stores, make)
            })
        return KTable<Key, NewValue>(
            graph: graph, node: node, keySerde: materialized?.key ?? keySerde, valueSerde: materialized?.value,
            sources: sources, access: access)
    }

    /// The name of the store by which the table can be queried: the one that was given with `Materialized` to the step
    /// that made the table. Nil where none was.
    public var queryableStoreName: String? {
        guard let store = node.table.storeName, !graph.isGenerated(store) else { return nil }
        return store
    }
}
