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

    public init(
        applicationID: String = "test", startTime: Timestamp = .epoch, emission: EmissionPolicy = .everyUpdate,
        semantics: Semantics = .millrace, handlers: ErrorHandlers = ErrorHandlers(), stateDirectory: String? = nil
    ) {
        self.applicationID = applicationID
        self.startTime = startTime
        self.emission = emission
        self.semantics = semantics
        self.handlers = handlers
        self.stateDirectory = stateDirectory
    }
}
