public import Millrace
public import MillraceCore

/// How a `TopologyTestDriver` runs its topology.
public struct TestDriverConfiguration: Sendable {
    /// Goes into the names of internal topics.
    public var applicationID: String
    /// Where wall-clock time begins.
    public var startTime: Timestamp
    /// `.everyUpdate` forwards each update at once; `.coalesced` forwards what has changed with each commit.
    public var emission: EmissionPolicy
    /// Whether Kafka Streams' known mistakes are kept.
    public var semantics: Semantics
    /// What to do about records that cannot be decoded, processed or produced.
    public var handlers: ErrorHandlers
    /// Where RocksDB stores lie; nil keeps all stores in memory. The driver makes the directory and leaves it there.
    public var stateDirectory: String?
    /// After each commit, moves the stores' contents out of memory into their bytes, so that every read decodes them:
    /// finds serdes that do not give back what they took. Costs a write to disk for each record where there is a state
    /// directory.
    public var emptiesStoreMemory: Bool
    /// How many partitions there are, and how many tasks.
    public var partitions: TestPartitions
    /// When the driver commits.
    public var commits: TestCommits
    /// Which of several tasks is next.
    public var interleaving: TestInterleaving
    /// Whether `send` processes the record, and all that follows from it, before it returns. Otherwise records wait for
    /// `TopologyTestDriver.processNext` and `processAll`.
    public var processesOnSend: Bool

    /// Whether time goes on while `advanceWallClock` moves the clock and no record comes.
    public var idlePolicy: IdlePolicy
    /// What to do about records that lie far after `wallClockTime`, which begins at `startTime`.
    public var maxFutureSkew: MaxFutureSkew?

    /// One partition, one task, a commit after each record: as under Kafka Streams' driver.
    public init(
        applicationID: String = "test", startTime: Timestamp = .epoch, emission: EmissionPolicy = .everyUpdate,
        semantics: Semantics = .millrace, handlers: ErrorHandlers = ErrorHandlers(), stateDirectory: String? = nil,
        emptiesStoreMemory: Bool = false, partitions: TestPartitions = .single, commits: TestCommits = .everyRecord,
        interleaving: TestInterleaving = .inOrder, processesOnSend: Bool = true, idlePolicy: IdlePolicy = .wait,
        maxFutureSkew: MaxFutureSkew? = nil
    ) {
        self.applicationID = applicationID
        self.startTime = startTime
        self.emission = emission
        self.semantics = semantics
        self.handlers = handlers
        self.stateDirectory = stateDirectory
        self.emptiesStoreMemory = emptiesStoreMemory
        self.partitions = partitions
        self.commits = commits
        self.interleaving = interleaving
        self.processesOnSend = processesOnSend
        self.idlePolicy = idlePolicy
        self.maxFutureSkew = maxFutureSkew
    }
}
