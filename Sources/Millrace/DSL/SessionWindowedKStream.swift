public import MillraceStores

/// A grouped stream whose records are aggregated by key and session. Records without a key are dropped and counted, as
/// are records that come too late. Null values count (SEMANTICS B): `count` counts them, plain closures fail with
/// `UnexpectedNull`, the `nullable` ones see nil.
///
/// A record that extends or merges sessions takes their rows away, since a session's bounds are part of its key: the
/// table says so for each of them, in the order of their ends, and then gives the new row. Rows have the times of their
/// sessions' ends (SEMANTICS A10, C4).
public struct SessionWindowedKStream<Key: Hashable & Sendable, Value> {
    @usableFromInline let grouped: KGroupedStream<Key, Value>
    @usableFromInline let windows: SessionWindows
    @usableFromInline let lateStream: LateStream<Key, Value>

    @inlinable
    init(grouped: KGroupedStream<Key, Value>, windows: SessionWindows) {
        self.grouped = grouped
        self.windows = windows
        lateStream = LateStream(of: grouped.stream)
    }

    /// The records that come too late for an aggregation made of this windowed stream; they are counted as dropped
    /// nevertheless. Key, timestamp and headers are the record's; the window is the session that it would have made.
    @inlinable public var late: KStream<Key, Late<Value>> { lateStream.stream() }

    /// How many records each session has.
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), name: String? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        aggregated(
            "KSTREAM-AGGREGATE-", materialized, valueSerde: AnySerde(.int64), name: name, initial: { 0 },
            merger: { (_: Key, left: Int64?, right: Int64) in (left ?? 0) &+ right },
            aggregator: { (_: Key, _: Value?, count: Int64?) in (count ?? 0) &+ 1 })
    }

    /// Folds the records of each session into an aggregate.
    ///
    ///     let sessions = clicks.groupByKey().windowed(by: .session(gap: .seconds(1800), grace: .seconds(60)))
    ///     let visits = sessions.aggregate(
    ///         initial: Visit(), .init(value: .json(Visit.self)), merger: { _, left, right in left + right }
    ///     ) { _, click, visit in visit.adding(click) }
    ///
    /// - Parameters:
    ///   - initial: what each record begins with; the sessions that it joins are merged into it first.
    ///   - merger: makes one aggregate of two, the earlier one first.
    ///   - aggregator: adds the record. Nil takes the session away.
    ///   - materialized: how the result is kept: store, serdes, emission.
    ///   - name: of the node; numbered by default.
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, merger: @escaping @Sendable (Key, Aggregate, Aggregate) throws -> Aggregate,
        _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        nullableAggregate(
            initial: { initial() }, materialized, name: name,
            merger: { key, left, right in try merger(key, left ?? initial(), right) },
            { key, value, aggregate in
                guard let value else { throw UnexpectedNull(.value) }
                return try aggregator(key, value, aggregate ?? initial())
            })
    }

    /// The same for closures that take nil for null values, and aggregates that may be nil.
    @inlinable
    public func nullableAggregate<Aggregate: Sendable>(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, merger: @escaping @Sendable (Key, Aggregate?, Aggregate) throws -> Aggregate?,
        _ aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        aggregated(
            "KSTREAM-AGGREGATE-", materialized, valueSerde: nil, name: name, initial: initial, merger: merger,
            aggregator: aggregator)
    }

    /// Combines the values of each session; the first is taken as it is, nil takes the session away. Sessions are
    /// merged by the same closure, the earlier one first.
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
            merger: { _, left, right in
                guard let left else { return right }
                return try reducer(left, right)
            },
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
        merger: @escaping @Sendable (Key, Aggregate?, Aggregate) throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let graph = grouped.stream.graph
        let windows = windows
        let store = materialized.name ?? graph.newStoreName(prefix)
        let nodeName = name ?? graph.newName(prefix)
        let input = grouped.repartitionedIfNeeded(store: store)
        let key = graph.require(materialized.key ?? grouped.stream.keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? valueSerde, "value", of: nodeName)
        graph.addSessionStore(store, materialized, windows, key: key, value: value, node: nodeName)
        let emission = materialized.emission
        let node = graph.addNode(nodeName, parents: [input.node], stores: [store]) { assembly in
            try SessionAggregateOperator.assemble(
                assembly, store: store, windows: windows, emission: emission, key: key, initial: initial,
                merger: merger, aggregator: aggregator)
        }
        node.keepTable(in: store)
        node.windowClosing = WindowClosing(delayMilliseconds: windows.openMilliseconds, includesEnd: true)
        lateStream.add(node, input: input)
        return KTable(
            graph: graph, node: node, keySerde: AnySerde(SessionWindowedSerde(key)), valueSerde: value,
            sources: input.sources,
            access: TableAccess(
                enableOldValues: { _ in
                    node.sendOldValues()
                    return true
                },
                getter: { .sessions(of: store) }))
    }
}

extension TableGetter {
    /// Rows of a session store.
    @inlinable
    static func sessions<Inner: Hashable & Sendable>(of store: String) -> TableGetter where Key == Windowed<Inner> {
        TableGetter(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: SessionStore<Inner, Value>.self)
            let held = assembly.heldChanges(of: rows.name)
            return ValueGetter(
                { key in
                    guard let row = SessionRow(of: key.window) else { return nil }
                    return try rows.get(key.key, row)
                },
                forwarded: { key in
                    guard let row = SessionRow(of: key.window) else { return nil }
                    return held.areHeld ? try rows.committedGet(key.key, row) : try rows.get(key.key, row)
                })
        }
    }
}

extension KGroupedStream {
    /// Divides the records of each key into sessions.
    ///
    ///     grouped.windowed(by: .session(gap: .seconds(300), grace: .seconds(30))).count()
    @inlinable
    public func windowed(by windows: SessionWindows) -> SessionWindowedKStream<Key, Value> {
        SessionWindowedKStream(grouped: self, windows: windows)
    }
}
