public import MillraceStores

/// A cogrouped stream whose records are aggregated by key and sliding window. Records without a key or without a value
/// are dropped and counted, as are those that come too late by the time of their own stream (NOTES 13).
public struct SlidingWindowedCogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let cogrouped: CogroupedKStream<Key, Aggregate>
    @usableFromInline let windows: SlidingWindows

    @inlinable
    init(cogrouped: CogroupedKStream<Key, Aggregate>, windows: SlidingWindows) {
        self.cogrouped = cogrouped
        self.windows = windows
    }

    /// Folds the records of each key and window into an aggregate: `CogroupedKStream.aggregate`. A window begins with
    /// the aggregate of another one where it has all its records: an aggregate that is a class must be copied before
    /// it is changed.
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
        parts.graph.addSlidingWindowStore(
            store, materialized, windows, key: parts.key, value: parts.value, node: parts.node)
        let closing = SlidingWindowOperator.Closing(
            key: parts.key, kafkaRetention: materialized.retention ?? windows.retentionOfKafkaStreams)
        return parts.table(
            .slidingWindowed(windows, closing), initial: initial,
            keySerde: AnySerde(TimeWindowedSerde(parts.key, size: windows.difference)),
            getter: .slidingWindows(of: store),
            closing: WindowClosing(delayMilliseconds: windows.graceMilliseconds, includesEnd: true)
        ) { forward, assembly in
            let rows = try assembly.store(store, as: SlidingWindowStore<Key, Aggregate>.self)
            forward.coalesce(rows, windows: windows, in: assembly)
        }
    }
}

extension CogroupedKStream {
    /// Gives each record the windows around it.
    ///
    ///     cogrouped.windowed(by: .sliding(difference: .seconds(60), grace: .seconds(5)))
    @inlinable
    public func windowed(by windows: SlidingWindows) -> SlidingWindowedCogroupedKStream<Key, Aggregate> {
        SlidingWindowedCogroupedKStream(cogrouped: self, windows: windows)
    }
}
