/// A grouped stream whose records are aggregated by key and time window. Records without a key are dropped and
/// counted, as are records that come too late, once for each window. Null values count (SEMANTICS B): `count` counts
/// them, plain closures fail with `UnexpectedNull`, the `nullable` ones see nil.
public struct TimeWindowedKStream<Key: Hashable & Sendable, Value> {
    @usableFromInline let grouped: KGroupedStream<Key, Value>
    @usableFromInline let windows: TimeWindows
    @usableFromInline let lateStream: LateStream<Key, Value>

    @inlinable
    init(grouped: KGroupedStream<Key, Value>, windows: TimeWindows) {
        self.grouped = grouped
        self.windows = windows
        lateStream = LateStream(of: grouped.stream)
    }

    /// The records that come too late, once for each window that they are dropped from by an aggregation made of this
    /// windowed stream; they are counted as dropped nevertheless. Key, timestamp and headers are the record's.
    ///
    ///     let windowed = messages.groupByKey().windowed(by: .tumbling(size: .seconds(60), grace: .seconds(5)))
    ///     windowed.count().toStream().to("counts")
    ///     windowed.late.mapValues { "\($0.lateness) too late" }.to("late", Produced(key: .string, value: .string))
    ///
    /// There is no serde for `Late`: give one with `Produced`, or map the value.
    @inlinable public var late: KStream<Key, Late<Value>> { lateStream.stream() }

    /// How many records each key has had in each window.
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), name: String? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        aggregated(
            "KSTREAM-AGGREGATE-", materialized, valueSerde: AnySerde(.int64), name: name, initial: { 0 },
            aggregator: { (_: Key, _: Value?, count: Int64?) in (count ?? 0) &+ 1 })
    }

    /// Folds the records of each key and window into an aggregate; nil deletes it.
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        nullableAggregate(initial: { initial() }, materialized, name: name) { key, value, aggregate in
            guard let value else { throw UnexpectedNull(.value) }
            return try aggregator(key, value, aggregate ?? initial())
        }
    }

    /// The same for closures that take nil for null values, and an initial value that may be nil.
    @inlinable
    public func nullableAggregate<Aggregate: Sendable>(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, _ aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregated(
            "KSTREAM-AGGREGATE-", materialized, valueSerde: nil, name: name, initial: initial, aggregator: aggregator)
    }

    /// Combines the values of each key and window; the first is taken as it is, nil deletes.
    @inlinable
    public func reduce(
        _ materialized: Materialized<Key, Value> = Materialized(), name: String? = nil,
        _ reducer: @escaping @Sendable (Value, Value) throws -> Value?
    ) -> KTable<Windowed<Key>, Value> where Value: Sendable {
        nullableReduce(materialized, name: name) { aggregate, value in
            guard let value else { throw UnexpectedNull(.value) }
            return try reducer(aggregate, value)
        }
    }

    /// The same for closures that take nil for null values.
    @inlinable
    public func nullableReduce(
        _ materialized: Materialized<Key, Value> = Materialized(), name: String? = nil,
        _ reducer: @escaping @Sendable (Value, Value?) throws -> Value?
    ) -> KTable<Windowed<Key>, Value> where Value: Sendable {
        aggregated(
            "KSTREAM-REDUCE-", materialized, valueSerde: grouped.stream.valueSerde, name: name, initial: { nil },
            aggregator: { _, value, aggregate in
                guard let aggregate else { return value }
                return try reducer(aggregate, value)
            })
    }

    /// Makes store, node and, where it is needed, repartition topic, taking names in Kafka Streams' order.
    @inlinable
    func aggregated<Aggregate: Sendable>(
        _ prefix: String, _ materialized: Materialized<Key, Aggregate>, valueSerde: AnySerde<Aggregate>?, name: String?,
        initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let graph = grouped.stream.graph
        let windows = windows
        let store = materialized.name ?? graph.newStoreName(prefix)
        let nodeName = name ?? graph.newName(prefix)
        let input = grouped.repartitionedIfNeeded(store: store)
        let key = graph.require(materialized.key ?? grouped.stream.keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? valueSerde, "value", of: nodeName)
        graph.addWindowStore(store, materialized, windows, key: key, value: value, node: nodeName)
        let node = graph.addNode(nodeName, parents: [input.node], stores: [store]) { assembly in
            try WindowedAggregateOperator.assemble(
                assembly, store: store, windows: windows, emission: materialized.emission, initial: initial,
                aggregator: aggregator)
        }
        node.keepTable(in: store)
        node.windowClosing = WindowClosing(delayMilliseconds: windows.graceMilliseconds, includesEnd: false)
        lateStream.add(node, input: input)
        return KTable(
            graph: graph, node: node, keySerde: AnySerde(TimeWindowedSerde(key, windows: windows)),
            valueSerde: value, sources: input.sources,
            access: TableAccess(
                enableOldValues: { _ in
                    node.sendOldValues()
                    return true
                },
                getter: { .windows(of: store) }))
    }
}

extension KGroupedStream {
    /// Divides the records of each key into time windows.
    ///
    ///     grouped.windowed(by: .tumbling(size: .seconds(60), grace: .seconds(5))).count()
    @inlinable
    public func windowed(by windows: TimeWindows) -> TimeWindowedKStream<Key, Value> {
        TimeWindowedKStream(grouped: self, windows: windows)
    }
}
