internal import MillraceCore
internal import MillraceStores

/// A task that another instance runs: its stores follow their changelogs, so that this instance can take it over
/// without restoring it first. Nothing of it is ever uncommitted. Owned by the stream thread that keeps it warm.
final class StandbyTask {
    let id: TaskID
    /// One for each store that has a changelog, or is restored from its table's topic.
    let jobs: [ChangelogRestorer.Job]
    /// When its stores were last written down, in nanoseconds of the monotonic clock.
    var lastFlush: UInt64

    init(id: TaskID, jobs: [ChangelogRestorer.Job], now: UInt64) {
        self.id = id
        self.jobs = jobs
        lastFlush = now
    }

    /// What its stores hold, by their names, for the task that takes them over.
    var warmStores: [String: WarmStore] {
        Dictionary(
            uniqueKeysWithValues: jobs.map {
                ($0.store.name, WarmStore(store: $0.store.store, position: $0.position))
            })
    }

    /// Offsets of its changelogs that are left to read, as far as their ends are known.
    var lag: Int64 { jobs.reduce(0) { $0 + $1.lag } }

    /// Whether one of its stores follows this partition; any, where it is not known which.
    func reads(_ partition: TopicPartition?) -> Bool {
        partition.map { partition in jobs.contains { $0.partition == partition } } ?? true
    }

    /// Writes down what has been read.
    func flush(clock: any Clock) throws {
        for job in jobs { try job.store.flush(clock: clock) }
    }

    /// Closes the stores as they are.
    func close() { for job in jobs { job.store.store.close() } }
}

/// An open store and the changelog offset up to which it has been read; what of that is not on its disk is in memory.
struct WarmStore {
    let store: any StateStore
    let position: Offset
}
