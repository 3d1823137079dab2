public import MillraceCore

/// What a topology says about one store, free of its types: the runtime makes the changelog topic and, for each task,
/// the store. Immutable, used from any thread.
///
/// Source of the topic configs: SEMANTICS I3.
public struct StoreSpecification: Sendable {
    /// What the store keeps, and for how long.
    public enum Kind: Hashable, Sendable {
        /// The latest value of each key.
        case keyValue
        /// A window is visible while its start lies within `retention` of the store's time.
        case window(retention: Duration)
        /// A session is visible while its end lies within `retention` of the store's time.
        case session(retention: Duration)
        /// A record of a stream–stream join is visible while its timestamp lies within `retention` of the store's time.
        case join(retention: Duration)
        /// Versions can be put and looked up as far back as `history` from the store's time.
        case versioned(history: Duration)
    }

    /// The store's name, unique in its topology.
    public private(set) var name: String
    /// The name that the factory was made with.
    private let originalName: String
    /// What it keeps.
    public let kind: Kind
    /// Whether the store goes to RocksDB where the environment has a directory.
    public let isPersistent: Bool
    /// Whether its writes go to a changelog topic.
    public private(set) var isChangelogEnabled = true
    /// Whether it is the runtime's own beside the stores of an operator; `Topology.description` leaves it out.
    public private(set) var isAuxiliary = false
    /// Type of the key's serde, where it is known.
    public private(set) var keySerde: String?
    /// Type of the value's serde, where it is known.
    public private(set) var valueSerde: String?
    private var extraConfiguration: [String: String] = [:]
    private let factory: @Sendable (StoreEnvironment) throws -> any StateStore

    /// A store with a changelog.
    public init(
        name: String, kind: Kind, isPersistent: Bool,
        factory: @escaping @Sendable (StoreEnvironment) throws -> any StateStore
    ) {
        precondition(!name.isEmpty, "a store without a name")
        self.name = name
        originalName = name
        self.kind = kind
        self.isPersistent = isPersistent
        self.factory = factory
    }

    /// A copy whose store has a changelog, with these topic configs on top of the kind's own.
    public func withChangelog(configuration: [String: String]) -> StoreSpecification {
        var copy = self
        copy.isChangelogEnabled = true
        copy.extraConfiguration = configuration
        return copy
    }

    /// A copy whose store has no changelog: its contents are lost with its directory.
    public func withoutChangelog() -> StoreSpecification {
        var copy = self
        copy.isChangelogEnabled = false
        return copy
    }

    /// A copy for a store that Kafka Streams does not have.
    public func auxiliary() -> StoreSpecification {
        var copy = self
        copy.isAuxiliary = true
        return copy
    }

    /// A copy that knows what its store's keys and values are written with, for plans.
    public func withSerdes<Key: Serde, Value: Serde>(_ key: Key, _ value: Value) -> StoreSpecification {
        var copy = self
        copy.keySerde = (key as? any NamedSerde)?.serdeName ?? "\(Key.self)"
        copy.valueSerde = (value as? any NamedSerde)?.serdeName ?? "\(Value.self)"
        return copy
    }

    /// A copy whose stores are called otherwise: the planner's last word on a store that was given no name.
    public func named(_ name: String) -> StoreSpecification {
        var copy = self
        copy.name = name
        return copy
    }

    /// Opens the store. Throws `StoreError`.
    public func makeStore(_ environment: StoreEnvironment) throws -> any StateStore {
        var environment = environment
        if name != originalName { environment.renaming = StoreEnvironment.Renaming(from: originalName, to: name) }
        return try factory(environment)
    }

    /// The configs of the changelog topic.
    public var changelogConfiguration: [String: String] {
        var configuration = ["message.timestamp.type": "CreateTime"]
        switch kind {
        case .keyValue:
            configuration["cleanup.policy"] = "compact"
        case .versioned(let history):
            configuration["cleanup.policy"] = "compact"
            configuration["min.compaction.lag.ms"] = StoreSpecification.aDayMore(than: history)
        case .window(let retention), .session(let retention), .join(let retention):
            configuration["cleanup.policy"] = "compact,delete"
            // Each row is written once: there is nothing to compact (SEMANTICS E10).
            if case .join = kind { configuration["cleanup.policy"] = "delete" }
            configuration["retention.ms"] = StoreSpecification.aDayMore(than: retention)
        }
        return configuration.merging(extraConfiguration) { _, extra in extra }
    }

    /// In milliseconds. More than the store needs: brokers go by wall clock, the store by its own time.
    private static func aDayMore(than duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let (sum, isForever) = milliseconds.addingReportingOverflow(86_400_000)
        return String(isForever ? .max : sum)
    }
}
