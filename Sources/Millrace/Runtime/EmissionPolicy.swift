/// When an aggregation forwards its results.
public enum EmissionPolicy: Sendable {
    /// Each input's result at once (Kafka Streams with caching off).
    case everyUpdate
    /// Each changed key's latest result once a commit, with the value at the last commit as the old one
    /// (Kafka Streams with caching on, but without early evictions).
    case coalesced
    /// Each row of a window once, when the window has closed and no record can change it any more (KIP-825). For
    /// aggregations over windows only, with `Materialized.emitting`; nothing closes while no record comes.
    case onWindowClose
}
