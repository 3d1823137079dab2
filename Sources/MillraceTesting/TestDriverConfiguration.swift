public import Millrace
public import MillraceCore

/// How a `TopologyTestDriver` runs its topology.
public struct TestDriverConfiguration: Sendable {
    /// Goes into the names of internal topics.
    public var applicationID: String
    /// Where wall-clock time begins.
    public var startTime: Timestamp
    /// `.everyUpdate` forwards each update at once; `.coalesced` forwards what has changed after each input, since the
    /// driver commits after each.
    public var emission: EmissionPolicy
    public var semantics: Semantics
    public var handlers: ErrorHandlers
    /// Where RocksDB stores lie; nil keeps all stores in memory. The driver makes the directory and leaves it there.
    public var stateDirectory: String?
    /// After each record, moves the stores' contents out of memory into their bytes, so that every read decodes them:
    /// finds serdes that do not give back what they took. Costs a write to disk for each record where there is a state
    /// directory.
    public var emptiesStoreMemory: Bool

    public init(
        applicationID: String = "test", startTime: Timestamp = .epoch, emission: EmissionPolicy = .everyUpdate,
        semantics: Semantics = .millrace, handlers: ErrorHandlers = ErrorHandlers(), stateDirectory: String? = nil,
        emptiesStoreMemory: Bool = false
    ) {
        self.applicationID = applicationID
        self.startTime = startTime
        self.emission = emission
        self.semantics = semantics
        self.handlers = handlers
        self.stateDirectory = stateDirectory
        self.emptiesStoreMemory = emptiesStoreMemory
    }
}
