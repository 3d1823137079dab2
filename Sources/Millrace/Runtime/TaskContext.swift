public import MillraceCore

/// What all operators of one task share. Owned by the task's stream thread; never leaves it.
public final class TaskContext {
    public let applicationID: String
    public let taskID: TaskID
    public let semantics: Semantics
    /// For operators that were not given a policy of their own.
    public let emission: EmissionPolicy
    /// Where sinks and changelogs write.
    public let collector: RecordCollector
    public let metrics: TaskMetrics
    /// Schedules of the task's processors.
    public let punctuations: PunctuationQueue
    let handlers: ErrorHandlers

    /// Where the record being processed came from; nil inside a punctuator (SEMANTICS K2).
    public internal(set) var source: RecordSource?
    /// Largest timestamp of any record the task has processed; nil before the first (SEMANTICS A1).
    public internal(set) var streamTime: Timestamp?
    /// Wall-clock time, read once a batch.
    public internal(set) var wallClockTime: Timestamp = .epoch
    /// Copies the bytes of the record being processed, for a dead letter. Set by the task.
    var copyRawRecord: (() -> RawRecord?)?
    var rawRecord: RawRecord? { copyRawRecord?() }
    /// Set by `ProcessorContext.commit()`; the thread commits after the current record's batch.
    public var isCommitRequested = false

    public init(
        applicationID: String, taskID: TaskID, semantics: Semantics, emission: EmissionPolicy,
        collector: RecordCollector,
        metrics: TaskMetrics, punctuations: PunctuationQueue, handlers: ErrorHandlers
    ) {
        self.applicationID = applicationID
        self.taskID = taskID
        self.semantics = semantics
        self.emission = emission
        self.collector = collector
        self.metrics = metrics
        self.punctuations = punctuations
        self.handlers = handlers
    }
}

/// Which record of which partition is being processed.
public struct RecordSource: Hashable, Sendable {
    public let topic: String
    public let partition: Int32
    public let offset: Offset

    @inlinable
    public init(topic: String, partition: Int32, offset: Offset) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// Whose answers to give where Kafka Streams is wrong or surprising (SEMANTICS, "The rule").
public enum Semantics: Sendable {
    /// The right ones.
    case millrace
    /// Kafka Streams', bug for bug.
    case kafkaStreams
}

/// When an aggregation forwards its results.
public enum EmissionPolicy: Sendable {
    /// Each input's result at once (Kafka Streams with caching off).
    case everyUpdate
    /// Each changed key's latest result once a commit, with the value at the last commit as the old one
    /// (Kafka Streams with caching on, but without early evictions).
    case coalesced
}
