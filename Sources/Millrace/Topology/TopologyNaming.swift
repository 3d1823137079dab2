/// How a builder calls the stores, changelogs and repartition topics that the program gives no name to.
///
/// A name that is given (`Materialized(as:)`, `Grouped(name:)`, `Repartitioned(name:)` …) is kept under both. Nodes are
/// numbered under both: no state hangs on their names.
public enum TopologyNaming: Hashable, Sendable {
    /// By what leads to them: source topics, changes of the key, the stateful step itself. Stateless steps can be put
    /// in, taken out and moved without a store losing its name (SEMANTICS J5).
    ///
    ///     builder.stream("lines", …).filter { … }.groupBy(…) { … }.count()      // lines-rekeyed-aggregate
    ///
    /// Of several with the same structure all but the first described have `-2`, `-3` … behind them: name those that
    /// may change places.
    case structural
    /// By the order of the calls, as Kafka Streams: `KSTREAM-AGGREGATE-STATE-STORE-0000000003`. For programs that move
    /// over with their state; a step put in before a store renames it.
    case kafkaStreams
}

/// What `build` does to the program to save topics, as Kafka Streams' `topology.optimization`. Results stay the same.
public struct TopologyOptimization: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Groupings and joins that follow one change of the key share one repartition topic, where their serdes agree.
    public static let mergeRepartitionTopics = TopologyOptimization(rawValue: 1)
    /// The store of `StreamsBuilder.table` is restored from the table's own topic and has no changelog, where the topic
    /// is compacted and read as it is written (SEMANTICS H4).
    public static let reuseSourceTopics = TopologyOptimization(rawValue: 2)

    /// Everything: the default under `TopologyNaming.structural`.
    public static let all: TopologyOptimization = [.mergeRepartitionTopics, .reuseSourceTopics]
    /// Nothing: the default under `TopologyNaming.kafkaStreams`, as in Kafka Streams.
    public static let none: TopologyOptimization = []
}
