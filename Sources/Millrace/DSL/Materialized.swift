/// How a table's rows are kept: name and kind of the store, serdes, retention, emission. What is left out is chosen:
/// a numbered name, a persistent store, the serdes of the stream.
///
///     .count(.as("talkers"))
///     .aggregate(initial: Stats(), Materialized(as: "stats", value: .json(Stats.self))) { … }
public struct Materialized<Key, Value>: Sendable {
    /// Where the store keeps what leaves memory.
    public enum Location: Sendable {
        /// RocksDB.
        case persistent
        /// Memory alone, and the changelog where there is one.
        case inMemory
    }

    @usableFromInline var name: String?
    @usableFromInline var key: AnySerde<Key>?
    @usableFromInline var value: AnySerde<Value>?
    @usableFromInline var location: Location = .persistent
    @usableFromInline var isLogged = true
    @usableFromInline var retention: Duration?
    @usableFromInline var emission: EmissionPolicy?
    /// Of a versioned table.
    @usableFromInline var history: Duration?

    /// - Parameter name: of the store; by it the store is queried. Numbered where it is nil.
    @inlinable
    public init(as name: String? = nil) { self.name = name }

    /// A store with serdes of its own.
    @inlinable
    public init(as name: String? = nil, key: some Serde<Key>, value: some Serde<Value>) {
        self.name = name
        self.key = AnySerde(key)
        self.value = AnySerde(value)
    }

    /// A store with a serde of its own for the values.
    @inlinable
    public init(as name: String? = nil, value: some Serde<Value>) {
        self.name = name
        self.value = AnySerde(value)
    }

    /// A store of this name, everything else as usual.
    @inlinable
    public static func `as`(_ name: String) -> Materialized { Materialized(as: name) }

    /// A versioned store of this name (KIP-889); see `versioned(history:)`.
    @inlinable
    public static func versioned(_ name: String, history: Duration) -> Materialized {
        Materialized(as: name).versioned(history: history)
    }

    /// Keeps what each row was before, as far back as `history` from the largest time the table has seen: streams meet
    /// the row as of their own time, and the row is the one with the largest timestamp, in whatever order they come. An
    /// update older than the history is dropped. For tables made from a topic or a stream.
    @inlinable
    public func versioned(history: Duration) -> Materialized {
        var copy = self
        copy.history = history
        return copy
    }

    /// Keeps the store where `location` says.
    public func stored(_ location: Location) -> Materialized {
        var copy = self
        copy.location = location
        return copy
    }

    /// Without a changelog the store is lost with its task's place.
    public func withoutChangelog() -> Materialized {
        var copy = self
        copy.isLogged = false
        return copy
    }

    /// How long windows are kept after the largest time the store has seen; at least size plus grace, which is also
    /// the default.
    public func retained(for retention: Duration) -> Materialized {
        var copy = self
        copy.retention = retention
        return copy
    }

    /// When the table forwards its updates, in place of the application's policy.
    public func emitting(_ emission: EmissionPolicy) -> Materialized {
        var copy = self
        copy.emission = emission
        return copy
    }
}
