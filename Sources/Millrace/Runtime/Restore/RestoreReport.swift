public import MillraceCore

/// What restoring one store of one task took. Kept by the application, latest last, and given to the listener.
public struct RestoreReport: Hashable, Sendable {
    /// Why a store was thrown away and read again from its changelog's beginning.
    public enum Rebuild: Hashable, Sendable {
        /// The store stands for an offset that the changelog no longer has, or not yet: retention or a new topic.
        case checkpointOutsideLog(checkpoint: Offset, logStart: Offset, logEnd: Offset)
        /// The store lacks what its changelog has got since `caughtUp`, so long ago that compaction may have removed
        /// deletions among it (`delete.retention.ms`).
        case deletionsMayBeGone(caughtUp: Timestamp, retention: Duration)
        /// The store's files are damaged.
        case corrupt(String)
    }

    /// The task that the store belongs to.
    public let task: TaskID
    /// The store's name.
    public let store: String
    /// The partition that is read.
    public let changelog: TopicPartition
    /// What the store stood for; nil for an empty store or one in memory.
    public let checkpoint: Offset?
    /// Where reading began: the checkpoint, or the start of the log.
    public let from: Offset
    /// The changelog's end when the restore began.
    public let to: Offset
    /// Records applied to the store.
    public internal(set) var restoredRecords = 0
    /// From the job's beginning to its end.
    public internal(set) var duration: Duration = .zero
    /// Whether everything has been read.
    public internal(set) var isComplete = false
    /// The store had been kept warm: it was open, and stood for `checkpoint` already.
    public internal(set) var wasWarm = false
    /// Nil where the store was kept and only the tail of its changelog was read.
    public let rebuild: Rebuild?

    /// Records that the changelog holds from `from` to `to` at most (control records count).
    public var plannedRecords: Int64 { to.distance(from: from) }
}
