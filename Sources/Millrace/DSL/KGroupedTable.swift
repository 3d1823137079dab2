/// A table whose rows are to be aggregated by a new key. An update of a row is subtracted with its old value and added
/// with its new one; between the two, downstream sees intermediate results, and where the group changes the two happen
/// in different tasks (SEMANTICS H2).
public struct KGroupedTable<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let graph: TopologyGraph
    @usableFromInline let node: GraphNode
    @usableFromInline let keySerde: AnySerde<Key>?
    @usableFromInline let valueSerde: AnySerde<Value>?
    /// The user's name for the repartition topic.
    @usableFromInline let name: String?

    @inlinable
    init(
        graph: TopologyGraph, node: GraphNode, keySerde: AnySerde<Key>?, valueSerde: AnySerde<Value>?, name: String?
    ) {
        self.graph = graph
        self.node = node
        self.keySerde = keySerde
        self.valueSerde = valueSerde
        self.name = name
    }

    /// How many rows each group has. A group that has lost its last row stays, with 0 (SEMANTICS C9).
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), name: String? = nil
    ) -> KTable<Key, Int64> {
        aggregated("KTABLE-AGGREGATE-", materialized, valueSerde: AnySerde(.int64), name: name) { assembly, store in
            try TableAggregateOperator.assemble(
                assembly, store: store, emission: materialized.emission,
                start: { (_: Key, _: Value) -> Int64? in 1 }, adder: { _, _, count in count &+ 1 },
                subtractor: { _, _, count in count &- 1 })
        }
    }

    /// Folds the rows of each group into an aggregate. Nil from `adder` or `subtractor` deletes the group's row.
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, adder: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?,
        subtractor: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        aggregated("KTABLE-AGGREGATE-", materialized, valueSerde: nil, name: name) { assembly, store in
            try TableAggregateOperator.assemble(
                assembly, store: store, emission: materialized.emission,
                start: { key, value in try adder(key, value, initial()) }, adder: adder, subtractor: subtractor)
        }
    }

    /// The same where the initial value may be nil: the adder then sees nil for a group's first row.
    @inlinable
    public func nullableAggregate<Aggregate: Sendable>(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, adder: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?,
        subtractor: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        aggregated("KTABLE-AGGREGATE-", materialized, valueSerde: nil, name: name) { assembly, store in
            try TableAggregateOperator.assemble(
                assembly, store: store, emission: materialized.emission,
                start: { key, value in try adder(key, value, try initial()) },
                adder: { key, value, aggregate in try adder(key, value, aggregate) }, subtractor: subtractor)
        }
    }

    /// Combines the rows of each group; the first is taken as it is. Nil deletes the group's row.
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), name: String? = nil,
        adder: @escaping @Sendable (Value, Value) throws -> Value?,
        subtractor: @escaping @Sendable (Value, Value) throws -> Value?
    ) -> KTable<Key, Value> {
        aggregated("KTABLE-REDUCE-", materialized, valueSerde: valueSerde, name: name) { assembly, store in
            try TableAggregateOperator.assemble(
                assembly, store: store, emission: materialized.emission, start: { _, value in value },
                adder: { _, value, aggregate in try adder(aggregate, value) },
                subtractor: { _, value, aggregate in try subtractor(aggregate, value) })
        }
    }

    /// Makes repartition topic, store and node, taking names in Kafka Streams' order.
    @inlinable
    func aggregated<Aggregate: Sendable>(
        _ prefix: String, _ materialized: Materialized<Key, Aggregate>, valueSerde inherited: AnySerde<Aggregate>?,
        name nodeName: String?,
        _ assemble: @escaping @Sendable (NodeAssembly, String) throws -> Receiver<Key, Change<Value>>
    ) -> KTable<Key, Aggregate> {
        let store = materialized.name ?? graph.newStoreName(prefix)
        let sinkName = nodeName.map { $0 + "-sink" } ?? graph.newName("KSTREAM-SINK-")
        let sourceName = nodeName.map { $0 + "-source" } ?? graph.newName("KSTREAM-SOURCE-")
        let nodeName = nodeName ?? graph.newName(prefix)
        let key = graph.require(materialized.key ?? keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? inherited, "value", of: nodeName)
        let source = repartition(name ?? store, sink: sinkName, source: sourceName)
        graph.addKeyValueStore(store, materialized, key: key, value: value)
        let node = graph.addNode(nodeName, parents: [source], stores: [store]) { try assemble($0, store) }
        node.keepTable(in: store)
        return KTable(
            graph: graph, node: node, keySerde: key, valueSerde: value, sources: [source],
            access: TableAccess(node: node, store: store))
    }

    /// The source node of the repartition topic. A named topic is shared by all aggregations of this grouping.
    @inlinable
    func repartition(_ topic: String, sink: String, source: String) -> GraphNode {
        if let made = graph.repartitioned(topic, from: node, as: GraphNode.self) { return made }
        let key = graph.require(keySerde, "key", of: sink)
        let changes = AnySerde(ChangeSerde(graph.require(valueSerde, "value", of: sink)))
        _ = graph.addNode(sink, .sink(.repartition(topic)), parents: [node]) { assembly in
            try SinkOperator.assemble(assembly, topic: .repartition(topic), Produced(), key: key, value: changes)
        }
        let node = graph.addNode(source, .source([.repartition(topic)]), parents: []) { assembly in
            try SourceOperator.assemble(assembly, key: key, value: changes, extractor: .fail)
        }
        graph.addRepartitionTopic(topic, partitionCount: nil, source: node)
        graph.remember(node, repartitionedTo: topic, from: self.node)
        return node
    }
}

extension KTable {
    /// Groups the rows by a new key, through a repartition topic. Rows for which `mapper` gives a nil key or a nil
    /// value are in no group.
    @inlinable
    public func groupBy<NewKey: Hashable & Sendable, NewValue: Sendable>(
        _ grouped: Grouped<NewKey, NewValue>,
        _ mapper: @escaping @Sendable (Key, Value) throws -> (NewKey?, NewValue?)
    ) -> KGroupedTable<NewKey, NewValue> {
        let node = graph.addNode(grouped.name ?? graph.newName("KTABLE-SELECT-"), parents: [node]) { assembly in
            try TableGroupOperator.assemble(assembly, mapper)
        }
        node.changesKey = true
        _ = access.enableOldValues(true)
        return KGroupedTable(
            graph: graph, node: node, keySerde: grouped.key, valueSerde: grouped.value, name: grouped.name)
    }
}
