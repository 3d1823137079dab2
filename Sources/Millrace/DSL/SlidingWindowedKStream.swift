public import MillraceStores

/// A grouped stream whose records are aggregated by key and sliding window. Records without a key or without a value
/// are dropped and counted, as are records that come too late, once for each window (SEMANTICS B, C5).
public struct SlidingWindowedKStream<Key: Hashable & Sendable, Value> {
    @usableFromInline let grouped: KGroupedStream<Key, Value>
    @usableFromInline let windows: SlidingWindows
    @usableFromInline let lateStream: LateStream<Key, Value>

    @inlinable
    init(grouped: KGroupedStream<Key, Value>, windows: SlidingWindows) {
        self.grouped = grouped
        self.windows = windows
        lateStream = LateStream(of: grouped.stream)
    }

    /// The records that come too late, once for each window that they are dropped from: `TimeWindowedKStream.late`. A
    /// record that is too late for all of its windows comes once, with the window that begins with it.
    @inlinable public var late: KStream<Key, Late<Value>> { lateStream.stream() }

    /// How many records each key has had in each window.
    @inlinable
    public func count(
        _ materialized: Materialized<Key, Int64> = Materialized(), name: String? = nil
    ) -> KTable<Windowed<Key>, Int64> {
        aggregated(
            "KSTREAM-AGGREGATE-", materialized, valueSerde: AnySerde(.int64), name: name, initial: { 0 },
            aggregator: { (_: Key, _: Value, count: Int64?) in (count ?? 0) &+ 1 })
    }

    /// Folds the records of each key and window into an aggregate; nil deletes it. A window begins with the aggregate
    /// of another one that has all its records: an aggregate that is a class must be copied before it is changed.
    @inlinable
    public func aggregate<Aggregate: Sendable>(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        nullableAggregate(initial: { initial() }, materialized, name: name) { key, value, aggregate in
            try aggregator(key, value, aggregate ?? initial())
        }
    }

    /// The same for an initial value that may be nil: the aggregator then sees nil.
    @inlinable
    public func nullableAggregate<Aggregate: Sendable>(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, _ aggregator: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
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
        aggregator: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let graph = grouped.stream.graph
        let windows = windows
        let store = materialized.name ?? graph.newStoreName(prefix)
        let nodeName = name ?? graph.newName(prefix)
        let input = grouped.repartitionedIfNeeded(store: store)
        let key = graph.require(materialized.key ?? grouped.stream.keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? valueSerde, "value", of: nodeName)
        graph.addSlidingWindowStore(store, materialized, windows, key: key, value: value, node: nodeName)
        let closing = SlidingWindowOperator.Closing(
            key: key, kafkaRetention: materialized.retention ?? windows.retentionOfKafkaStreams)
        let node = graph.addNode(nodeName, parents: [input.node], stores: [store]) { assembly in
            try SlidingWindowOperator.assemble(
                assembly, store: store, windows: windows, emission: materialized.emission, closing: closing,
                initial: initial, aggregator: aggregator)
        }
        node.keepTable(in: store)
        node.windowClosing = WindowClosing(delayMilliseconds: windows.graceMilliseconds, includesEnd: true)
        lateStream.add(node, input: input)
        return KTable(
            graph: graph, node: node, keySerde: AnySerde(TimeWindowedSerde(key, size: windows.difference)),
            valueSerde: value, sources: input.sources,
            access: TableAccess(
                enableOldValues: { _ in
                    node.sendOldValues()
                    return true
                },
                getter: { .slidingWindows(of: store) }))
    }
}

extension KGroupedStream {
    /// Gives each record the windows around it.
    ///
    ///     grouped.windowed(by: .sliding(difference: .seconds(60), grace: .seconds(5))).count()
    @inlinable
    public func windowed(by windows: SlidingWindows) -> SlidingWindowedKStream<Key, Value> {
        SlidingWindowedKStream(grouped: self, windows: windows)
    }
}

extension TopologyGraph {
    @inlinable
    func addSlidingWindowStore<Key: Hashable & Sendable, Value>(
        _ name: String, _ materialized: Materialized<Key, Value>, _ windows: SlidingWindows, key: AnySerde<Key>,
        value: AnySerde<Value>, node: String
    ) {
        let isPersistent = materialized.location == .persistent
        let store = Stores.slidingWindow(
            name, retention: retention(materialized.retention, of: windows, node: node), keySerde: key,
            valueSerde: value, isPersistent: isPersistent)
        addStore(materialized.isLogged ? store : store.withoutChangelog())
    }

    /// Windows stay at least as long as Kafka Streams asks for, and by default long enough.
    @usableFromInline
    func retention(_ wanted: Duration?, of windows: SlidingWindows, node: String) -> Duration {
        let least = windows.retentionOfKafkaStreams
        if let problem = windows.problem {
            fail(.invalidArgument(node: node, message: problem))
        } else if let wanted, wanted < least {
            let message = "windows are kept for \(wanted), but twice the difference and the grace make \(least)"
            fail(.invalidArgument(node: node, message: message))
        }
        return wanted ?? windows.neededRetention
    }
}

extension TableGetter {
    /// Rows of a store of sliding windows.
    @inlinable
    static func slidingWindows<Inner: Hashable & Sendable>(
        of store: String
    ) -> TableGetter where Key == Windowed<Inner> {
        TableGetter(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: SlidingWindowStore<Inner, Value>.self)
            let held = assembly.heldChanges(of: rows.name)
            return ValueGetter(
                { try rows.get($0.key, WindowRow(start: $0.window.start.millisecondsSinceEpoch)) },
                forwarded: { key in
                    let row = WindowRow(start: key.window.start.millisecondsSinceEpoch)
                    return held.areHeld ? try rows.committedGet(key.key, row) : try rows.get(key.key, row)
                })
        }
    }
}
