public import MillraceStores

/// A cogrouped stream whose records are aggregated by key and session. Records without a key are dropped and counted,
/// as are those that come too late by the time of their own stream (NOTES 13). Null values count (SEMANTICS B): plain
/// aggregators fail with `UnexpectedNull`, the `nullable` ones see nil.
public struct SessionWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: SessionWindows

    @inlinable
    init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: SessionWindows) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// Folds the records of each session into an aggregate: `CogroupedKStream.aggregate`.
    ///
    /// - Parameters:
    ///   - initial: what each record begins with; the sessions that it joins are merged into it first.
    ///   - merger: makes one aggregate of two, the earlier one first.
    ///   - materialized: how the result is kept: store, serdes, emission.
    ///   - name: of the node; numbered by default.
    @inlinable
    public func aggregate(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, merger: @escaping @Sendable (Key, Aggregate, Aggregate) throws -> Aggregate
    ) -> KTable<Windowed<Key>, Aggregate> {
        nullableAggregate(initial: { initial() }, materialized, name: name) { key, left, right in
            try merger(key, left ?? initial(), right)
        }
    }

    /// The same for an initial value and a merged aggregate that may be nil.
    @inlinable
    public func nullableAggregate(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil, merger: @escaping @Sendable (Key, Aggregate?, Aggregate) throws -> Aggregate?
    ) -> KTable<Windowed<Key>, Aggregate> {
        let parts = CogroupParts(cogrouped, materialized, name: name)
        let store = parts.store
        parts.graph.addSessionStore(store, materialized, windows, key: parts.key, value: parts.value, node: parts.node)
        return parts.table(
            .sessions(windows, key: parts.key, merger: merger), initial: initial,
            keySerde: AnySerde(SessionWindowedSerde(parts.key)), getter: .sessions(of: store),
            closing: WindowClosing(delayMilliseconds: windows.openMilliseconds, includesEnd: true)
        ) { forward, assembly in
            forward.coalesce(try assembly.store(store, as: SessionStore<Key, Aggregate>.self), in: assembly)
        }
    }
}

extension CogroupedKStream {
    /// Divides the records of each key into sessions.
    ///
    ///     cogrouped.windowed(by: .session(gap: .seconds(300), grace: .seconds(30)))
    @inlinable
    public func windowed(by windows: SessionWindows) -> SessionWindowedCogroupedKStream<Key, Aggregate> {
        SessionWindowedCogroupedKStream(cogrouped: self, windows: windows)
    }
}
