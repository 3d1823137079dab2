public import MillraceStores

/// A cogrouped stream whose records are aggregated by key and time window. Records without a key are dropped and
/// counted, as are those that come too late by the time of their own stream (NOTES 13). Null values count
/// (SEMANTICS B): plain aggregators fail with `UnexpectedNull`, the `nullable` ones see nil.
public struct TimeWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: TimeWindows

    @inlinable
    init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: TimeWindows) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// Folds the records of each key and window into an aggregate: `CogroupedKStream.aggregate`.
    @inlinable
    public func aggregate(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil
    ) -> KTable<Windowed<Key>, Aggregate> {
        nullableAggregate(initial: { initial() }, materialized, name: name)
    }

    /// The same for an initial value that may be nil.
    @inlinable
    public func nullableAggregate(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil
    ) -> KTable<Windowed<Key>, Aggregate> {
        let windows = windows
        let parts = CogroupParts(cogrouped, materialized, name: name)
        let store = parts.store
        parts.graph.addWindowStore(
            store, materialized, windows, key: parts.key, value: parts.value, node: parts.node)
        return parts.table(
            .timeWindowed(windows), initial: initial,
            keySerde: AnySerde(TimeWindowedSerde(parts.key, windows: windows)), getter: .windows(of: store),
            closing: WindowClosing(delayMilliseconds: windows.graceMilliseconds, includesEnd: false)
        ) { forward, assembly in
            let rows = try assembly.store(store, as: WindowStore<Key, Aggregate>.self)
            forward.coalesce(rows, windows: windows, in: assembly)
        }
    }
}

extension CogroupedKStream {
    /// Divides the records of each key into time windows.
    ///
    ///     cogrouped.windowed(by: .tumbling(size: .seconds(60), grace: .seconds(5)))
    @inlinable
    public func windowed(by windows: TimeWindows) -> TimeWindowedCogroupedKStream<Key, Aggregate> {
        TimeWindowedCogroupedKStream(cogrouped: self, windows: windows)
    }
}

extension TableGetter {
    /// Rows of a window store.
    @inlinable
    static func windows<Inner: Hashable & Sendable>(of store: String) -> TableGetter where Key == Windowed<Inner> {
        TableGetter(stores: [store]) { assembly in
            let rows = try assembly.store(store, as: WindowStore<Inner, Value>.self)
            let held = assembly.heldChanges(of: rows.name)
            return ValueGetter(
                { try rows.get($0.key, windowStart: $0.window.start) },
                forwarded: { key in
                    let start = key.window.start
                    if held.areHeld { return try rows.committedGet(key.key, windowStart: start) }
                    return try rows.get(key.key, windowStart: start)
                })
        }
    }
}
