/// When an aggregation forwards its results.
public enum EmissionPolicy: Sendable {
    /// Each input's result at once (Kafka Streams with caching off).
    case everyUpdate
    /// Each changed key's latest result once a commit, with the value at the last commit as the old one
    /// (Kafka Streams with caching on, but without early evictions).
    case coalesced
}
