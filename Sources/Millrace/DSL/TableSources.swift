// Where tables begin: a topic, or a stream read as a table.

extension StreamsBuilder {
    /// The records of a topic as a table: the last record of each key is its row, a null value deletes it.
    ///
    /// The table gets a store if `materialized` names one, or if a later step needs its rows or old values.
    @inlinable
    public func table<Key: Hashable & Sendable, Value: Sendable>(
        _ topic: String, _ consumed: Consumed<Key, Value>, materialized: Materialized<Key, Value> = Materialized()
    ) -> KTable<Key, Value> {
        let store = materialized.name ?? graph.newStoreName(topic + "-")
        let sourceName = consumed.name.map { $0 + "-table-source" } ?? graph.newName("KSTREAM-SOURCE-")
        let tableName = consumed.name ?? graph.newName("KTABLE-SOURCE-")
        let source = graph.addNode(sourceName, .source([.external(topic)]), parents: []) { assembly in
            try SourceOperator.assemble(
                assembly, key: consumed.key, value: consumed.value, extractor: consumed.timestampExtractor)
        }
        source.feedsTable = true
        let table = graph.addTable(
            tableName, below: source, sources: [source], store: store, materialized, key: consumed.key,
            value: consumed.value)
        // A time that is not the record's own is not in the topic.
        // Nor does a topic keep the versions of a key.
        if materialized.history != nil { return table }
        switch consumed.timestampExtractor.kind {
        case .fail, .logAndSkip:
            table.node.sourceChangelog = SourceChangelog(topic: topic, key: consumed.key, value: consumed.value)
        case .usePartitionTime, .custom: break
        }
        return table
    }
}

extension KStream where Key: Hashable & Sendable, Value: Sendable {
    /// Reads the stream as a table: the last record of each key is its row, a null value deletes it. Goes through a
    /// repartition topic if the key may have changed.
    @inlinable
    public func toTable(
        _ materialized: Materialized<Key, Value> = Materialized(), name: String? = nil
    ) -> KTable<Key, Value> {
        let nodeName = name ?? graph.newName("KSTREAM-TOTABLE-")
        let store = materialized.name ?? graph.newStoreName("KSTREAM-TOTABLE-")
        let key = graph.require(materialized.key ?? keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? valueSerde, "value", of: nodeName)
        let input =
            needsRepartition ? throughRepartitionTopic(nodeName, key: key, value: value, isMergeable: true) : self
        if input.node.isSource { input.node.feedsTable = true }
        return graph.addTable(
            nodeName, below: input.node, sources: input.sources, store: store, materialized, key: key, value: value)
    }
}

extension TopologyGraph {
    @inlinable
    func addTable<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, below parent: GraphNode, sources: [GraphNode], store: String,
        _ materialized: Materialized<Key, Value>, key: AnySerde<Key>, value: AnySerde<Value>
    ) -> KTable<Key, Value> {
        let emission = materialized.emission
        let history = materialized.history
        let node = addNode(name, parents: [parent]) { assembly in
            history == nil
                ? try TableSourceOperator.assemble(assembly, emission: emission, Key.self, Value.self)
                : try VersionedTableOperator.assemble(assembly, store: store, Key.self, Value.self)
        }
        node.makesTable = true
        let materialize = {
            if node.table.storeName != nil { return }
            if let history {
                self.addVersionedStore(store, materialized, history: history, key: key, value: value)
            } else {
                self.addKeyValueStore(store, materialized, key: key, value: value)
            }
            node.connect(to: store)
            node.keepTable(in: store)
        }
        if materialized.name != nil || history != nil { materialize() }
        let access = TableAccess<Key, Value>(
            enableOldValues: { isForced in
                if node.table.storeName == nil && !isForced { return false }
                materialize()
                node.sendOldValues()
                return true
            },
            getter: {
                materialize()
                return history == nil ? .store(store) : .versioned(store)
            }, history: history)
        return KTable(graph: self, node: node, keySerde: key, valueSerde: value, sources: sources, access: access)
    }
}

extension GraphNode {
    @usableFromInline var isSource: Bool { !kind.sourceTopics.isEmpty }
}
