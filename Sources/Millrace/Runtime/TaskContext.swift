public import MillraceCore

/// What all operators of one task share. Owned by the task's stream thread; never leaves it.
public final class TaskContext {
    /// The application's id.
    public let applicationID: String
    /// Which task it is.
    public let taskID: TaskID
    /// Whose answers to give.
    public let semantics: Semantics
    /// For operators that were not given a policy of their own.
    public let emission: EmissionPolicy
    /// Where sinks and changelogs write.
    public let collector: RecordCollector
    /// What is counted of the task.
    public let metrics: TaskMetrics
    /// Schedules of the task's processors.
    public let punctuations: PunctuationQueue
    /// What operators have put off.
    @usableFromInline let backlog = Backlog()
    let handlers: ErrorHandlers
    let maxFutureSkew: MaxFutureSkew?

    /// Where the record being processed came from; nil inside a punctuator (SEMANTICS K2) and while results are
    /// emitted before a commit.
    public var source: RecordSource? { queue?.activeSource }
    /// The same in numbers, for operators that ask with each record.
    @usableFromInline var position: SourcePosition? { queue?.activePosition }
    /// The partition whose record is being prepared or processed.
    @exclusivity(unchecked)
    private var queue: PartitionQueue?
    /// Largest timestamp of any record the task has processed; nil before the first (SEMANTICS A1).
    @exclusivity(unchecked)
    public internal(set) var streamTime: Timestamp?
    /// The time that the task was moved on to without a record, if it ever was (`IdlePolicy`).
    private(set) var idleTime: Timestamp?
    /// `idleTime` that the operators have not been told yet.
    private var untoldTime: Timestamp?
    /// Wall-clock time, read once a batch.
    public internal(set) var wallClockTime: Timestamp = .epoch {
        didSet {
            guard let maxFutureSkew else { return }
            latestTimestamp = wallClockTime.advanced(byMilliseconds: maxFutureSkew.milliseconds)
        }
    }
    /// Records of later times lie too far in the future; the end of time where there is no limit.
    @exclusivity(unchecked)
    @usableFromInline var latestTimestamp = Timestamp(.max)
    /// A copy of the bytes of the record being processed, for a dead letter.
    var rawRecord: RawRecord? { queue?.copyActiveRecord() }
    /// Times that operators keep for themselves and that a restart gives back to them (SEMANTICS A2).
    public let operatorTimes = OperatorTimes()
    /// Set by `ProcessorContext.commit()`; the thread commits after the current record's batch.
    @exclusivity(unchecked)
    public var isCommitRequested = false

    /// A context without a record.
    public init(
        applicationID: String, taskID: TaskID, semantics: Semantics, emission: EmissionPolicy,
        collector: RecordCollector,
        metrics: TaskMetrics, punctuations: PunctuationQueue, handlers: ErrorHandlers,
        maxFutureSkew: MaxFutureSkew? = nil
    ) {
        self.applicationID = applicationID
        self.taskID = taskID
        self.semantics = semantics
        self.emission = emission
        self.collector = collector
        self.metrics = metrics
        self.punctuations = punctuations
        self.handlers = handlers
        self.maxFutureSkew = maxFutureSkew
    }

    /// Sets where records come from now. Nearly always the same partition as before, which costs no reference count.
    func enter(_ queue: PartitionQueue) {
        if self.queue !== queue { self.queue = queue }
    }

    /// No record is being processed.
    func leaveRecord() { queue = nil }

    /// Moves stream time up to `timestamp`; it never goes back (SEMANTICS A1).
    func advanceStreamTime(to timestamp: Timestamp) {
        if let streamTime, timestamp <= streamTime { return }
        streamTime = timestamp
    }

    /// Moves stream time up without a record; the operators are told with the commit.
    func moveIdleTime(to timestamp: Timestamp) {
        advanceStreamTime(to: timestamp)
        idleTime = timestamp
        untoldTime = timestamp
    }

    /// The time that operators are to take over before this commit; nil where records alone move it.
    func takeUntoldTime() -> Timestamp? {
        defer { untoldTime = nil }
        return untoldTime
    }

    /// What is committed beside the partitions' times.
    var committedTimes: [String: Timestamp] {
        var times = operatorTimes.current
        times[TaskContext.idleTimeName] = idleTime
        return times
    }

    /// Takes over what was committed for one partition.
    func restore(times: [String: Timestamp]) {
        operatorTimes.restore(times)
        guard let time = times[TaskContext.idleTimeName] else { return }
        advanceStreamTime(to: time)
        idleTime = idleTime.map { max($0, time) } ?? time
    }

    /// Among the names of operators in the commit's metadata; no node has an empty name.
    private static let idleTimeName = ""
}

/// The times that windowed operators have seen, committed with the input positions and given back after a restart, so
/// that a closed window does not open again (SEMANTICS A2). Owned by the task's stream thread.
public final class OperatorTimes {
    private var restored: [String: Timestamp] = [:]
    private var tracked: [(name: String, time: () -> Timestamp?)] = []

    /// No times yet.
    public init() {}

    /// The time committed for the operator of this name; nil where there is none. Ask when the operator starts.
    public func restoredTime(of name: String) -> Timestamp? {
        [restored[name], restored[CommitMetadata.shortened(name)]].compactMap { $0 }.max()
    }

    /// Has the operator's time committed from now on.
    /// - Parameter name: unique in the topology: the node's name.
    /// - Parameter time: of the event.
    public func track(_ name: String, _ time: @escaping () -> Timestamp?) { tracked.append((name, time)) }

    /// Merges what was committed for one partition.
    func restore(_ times: [String: Timestamp]) { restored.merge(times) { max($0, $1) } }

    var current: [String: Timestamp] {
        var times: [String: Timestamp] = [:]
        for (name, time) in tracked { times[name] = time() }
        return times
    }
}

/// Which record of which partition is being processed.
public struct RecordSource: Hashable, Sendable {
    /// The topic that the record came from.
    public let topic: String
    /// Its partition.
    public let partition: Int32
    /// Its place in the partition.
    public let offset: Offset

    /// A place of these parts.
    @inlinable
    public init(topic: String, partition: Int32, offset: Offset) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// `RecordSource` in numbers.
@usableFromInline
struct SourcePosition: Hashable, Sendable {
    /// Stands for topic and partition, today and after a restart.
    @usableFromInline let source: UInt32
    @usableFromInline let offset: Int64
}
