/// A stream whose records are to be aggregated by key. Records without a key or without a value are dropped and
/// counted (windows take null values; SEMANTICS B).
public struct KGroupedStream<Key: Hashable & Sendable, Value> {
    @usableFromInline let stream: KStream<Key, Value>
    /// The user's name for the repartition topic.
    @usableFromInline let name: String?

    @inlinable
    init(stream: KStream<Key, Value>, name: String?) {
        self.stream = stream
        self.name = name
    }

    /// How many records each key has had.
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), name: String? = nil
    ) -> KTable<Key, Int64> {
        aggregated("KSTREAM-AGGREGATE-", materialized, valueSerde: AnySerde(.int64), name: name) { assembly, store in
            try AggregateOperator.assemble(
                assembly, store: store, emission: materialized.emission, initial: { 0 },
                aggregator: { (_: Key, _: Value, count: Int64?) in (count ?? 0) &+ 1 })
        }
    }

    /// Folds the records of each key into an aggregate.
    ///
    ///     grouped.aggregate(initial: Stats(), .init(value: .json(Stats.self))) { nick, message, stats in
    ///         stats.adding(message)
    ///     }
    ///
    /// - Parameters:
    ///   - initial: what a key's first record is added to.
    ///   - aggregator: the new aggregate; nil deletes the row (a tombstone goes on), and the next record starts anew.
    ///   - materialized: how the result is kept: store, serdes, emission.
    ///   - name: of the node; numbered by default.
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        nullableAggregate(initial: { initial() }, materialized, name: name) { key, value, aggregate in
            try aggregator(key, value, aggregate ?? initial())
        }
    }

    /// The same where the initial value may be nil: the aggregator then sees nil for a key's first record.
    @inlinable
    public func nullableAggregate<Aggregate: Sendable>(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, _ aggregator: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
    ) -> KTable<Key, Aggregate> {
        aggregated("KSTREAM-AGGREGATE-", materialized, valueSerde: nil, name: name) { assembly, store in
            try AggregateOperator.assemble(
                assembly, store: store, emission: materialized.emission, initial: initial, aggregator: aggregator)
        }
    }

    /// Combines the values of each key. The first value of a key is taken as it is.
    ///
    /// - Parameter reducer: of the value so far and the new one; nil deletes the row, and the next record starts anew.
    /// - Parameter materialized: how the result is kept: store, serdes, emission.
    /// - Parameter name: of the node; numbered by default.
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), name: String? = nil,
        _ reducer: @escaping @Sendable (Value, Value) throws -> Value?
    ) -> KTable<Key, Value> where Value: Sendable {
        aggregated("KSTREAM-REDUCE-", materialized, valueSerde: stream.valueSerde, name: name) { assembly, store in
            try ReduceOperator.assemble(assembly, store: store, emission: materialized.emission, reducer: reducer)
        }
    }

    /// Makes store and node, and the repartition topic before them where the key has changed. The names are taken in
    /// Kafka Streams' order: store, node, repartition.
    @inlinable
    func aggregated<Aggregate: Sendable>(
        _ prefix: String, _ materialized: Materialized<Key, Aggregate>, valueSerde: AnySerde<Aggregate>?, name: String?,
        _ assemble: @escaping @Sendable (NodeAssembly, String) throws -> Receiver<Key, Value>
    ) -> KTable<Key, Aggregate> {
        let graph = stream.graph
        let store = materialized.name ?? graph.newStoreName(prefix)
        let nodeName = name ?? graph.newName(prefix)
        let input = repartitionedIfNeeded(store: store)
        let key = graph.require(materialized.key ?? stream.keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? valueSerde, "value", of: nodeName)
        graph.addKeyValueStore(store, materialized, key: key, value: value)
        let node = graph.addNode(nodeName, parents: [input.node], stores: [store]) { try assemble($0, store) }
        node.keepTable(in: store)
        return KTable(
            graph: graph, node: node, keySerde: key, valueSerde: value, sources: input.sources,
            access: TableAccess(node: node, store: store))
    }

    /// The stream through a repartition topic if its key has changed. A named topic is shared by all aggregations of
    /// this grouping.
    @inlinable
    func repartitionedIfNeeded(store: String) -> KStream<Key, Value> {
        guard stream.needsRepartition else { return stream }
        let topic = name ?? store
        if let made = stream.graph.repartitioned(topic, from: stream.node, as: KStream<Key, Value>.self) {
            _ = RepartitionNames(topic, in: stream.graph)
            return made
        }
        let made = stream.throughRepartitionTopic(
            topic, key: stream.keySerde, value: stream.valueSerde, isMergeable: true)
        stream.graph.remember(made, repartitionedTo: topic, from: stream.node)
        return made
    }
}

extension KStream where Key: Hashable & Sendable {
    /// Groups the records by their key, through a repartition topic if the key may have changed.
    @inlinable
    public func groupByKey(_ grouped: Grouped<Key, Value> = Grouped()) -> KGroupedStream<Key, Value> {
        KGroupedStream(
            stream: with(
                node, key: grouped.key ?? keySerde, value: grouped.value ?? valueSerde,
                needsRepartition: needsRepartition), name: grouped.name)
    }
}

extension KStream {
    /// Groups the records by a new key, through a repartition topic.
    @inlinable
    public func groupBy<NewKey: Hashable & Sendable>(
        _ grouped: Grouped<NewKey, Value>, _ selector: @escaping @Sendable (Key, Value) throws -> NewKey
    ) -> KGroupedStream<NewKey, Value> {
        nullable.groupBy(grouped, nonNull(selector))
    }
}

extension NullableKStream {
    /// Groups the records by a new key; those for which it is nil are dropped.
    @inlinable
    public func groupBy<NewKey: Hashable & Sendable>(
        _ grouped: Grouped<NewKey, Value>, _ selector: @escaping @Sendable (Key?, Value?) throws -> NewKey?
    ) -> KGroupedStream<NewKey, Value> {
        let keyed = selectKey(name: grouped.name, selector)
        return KGroupedStream(
            stream: keyed.with(
                keyed.node, key: grouped.key, value: grouped.value ?? stream.valueSerde, needsRepartition: true),
            name: grouped.name)
    }
}
