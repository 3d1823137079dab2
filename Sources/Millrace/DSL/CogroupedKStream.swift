public import MillraceStores

/// Several grouped streams that are aggregated into one table, each with an aggregator of its own (KIP-150).
///
///     purchases.groupByKey().cogroup { customer, purchase, profile in profile.adding(purchase) }
///         .cogroup(visits.groupByKey()) { customer, visit, profile in profile.adding(visit) }
///         .aggregate(initial: Profile(), Materialized(as: "profiles", value: .json(Profile.self)))
///
/// The streams share one store; where the key of one has changed it goes through a repartition topic, and all must
/// have the same number of partitions. In windows each stream has a time of its own, by which its records are late
/// (NOTES 13). They are late, too, for windows that have gone from the store, which a faster stream may have moved on
/// (NOTES 19): give the windows a retention that covers how far the streams lie apart.
public struct CogroupedKStream<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let graph: TopologyGraph
    @usableFromInline let inputs: [CogroupedInput<Key, Aggregate>]

    @inlinable
    init(graph: TopologyGraph, inputs: [CogroupedInput<Key, Aggregate>]) {
        self.graph = graph
        self.inputs = inputs
    }

    /// Adds a stream, whose values may be of another type.
    ///
    /// - Parameter aggregator: the new aggregate; nil deletes the row, and the next record starts anew.
    /// - Parameter grouped: the stream to add.
    @inlinable
    public func cogroup<Value>(
        _ grouped: KGroupedStream<Key, Value>,
        _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream {
        nullableCogroup(grouped, CogroupedInput<Key, Aggregate>.nonNull(aggregator))
    }

    /// The same for a closure that takes nil for null values, which only windows pass on, and for an initial value
    /// that is nil.
    @inlinable
    public func nullableCogroup<Value>(
        _ grouped: KGroupedStream<Key, Value>,
        _ aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) -> CogroupedKStream {
        CogroupedKStream(graph: graph, inputs: inputs + [CogroupedInput(grouped, aggregator)])
    }

    /// Folds the records of each key into an aggregate. Records without a key or a value are dropped and counted.
    ///
    /// - Parameters:
    ///   - initial: what a key's first record is added to, from whichever stream it comes.
    ///   - materialized: the store; the aggregates' serde has to be named.
    ///   - name: of the nodes, with `-cogroup-agg-0`, `-cogroup-agg-1` … and `-cogroup-merge` added.
    @inlinable
    public func aggregate(
        initial: @autoclosure @escaping @Sendable () -> Aggregate, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil
    ) -> KTable<Key, Aggregate> {
        nullableAggregate(initial: { initial() }, materialized, name: name)
    }

    /// The same for an initial value that may be nil.
    @inlinable
    public func nullableAggregate(
        initial: @escaping @Sendable () throws -> Aggregate?, _ materialized: Materialized<Key, Aggregate>,
        name: String? = nil
    ) -> KTable<Key, Aggregate> {
        let parts = CogroupParts(self, materialized, name: name)
        graph.addKeyValueStore(parts.store, materialized, key: parts.key, value: parts.value)
        let store = parts.store
        return parts.table(
            .keyed, initial: initial, keySerde: parts.key, getter: .store(store), closing: nil
        ) { forward, assembly in
            forward.coalesce(try assembly.store(store, as: KeyValueStore<Key, Aggregate>.self), in: assembly)
        }
    }
}

extension KGroupedStream {
    /// Begins an aggregation of several streams; `CogroupedKStream.cogroup` adds the others.
    ///
    /// - Parameter aggregator: the new aggregate; nil deletes the row, and the next record starts anew.
    @inlinable
    public func cogroup<Aggregate: Sendable>(
        _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        nullableCogroup(CogroupedInput<Key, Aggregate>.nonNull(aggregator))
    }

    /// The same for a closure that takes nil for null values, which only windows pass on, and for an initial value
    /// that is nil.
    @inlinable
    public func nullableCogroup<Aggregate: Sendable>(
        _ aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) -> CogroupedKStream<Key, Aggregate> {
        CogroupedKStream(graph: stream.graph, inputs: [CogroupedInput(self, aggregator)])
    }
}
