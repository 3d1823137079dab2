internal import MillraceCore
internal import MillraceStores

/// A task that another instance runs: its stores follow their changelogs, so that this instance can take it over
/// without restoring it first. Nothing of it is ever uncommitted. Owned by the stream thread that keeps it warm; its
/// jobs are the restore thread's until they are removed there.
final class StandbyTask {
    let id: TaskID
    /// One for each store that has a changelog, or is restored from its table's topic.
    let jobs: [ChangelogRestorer.Job]
    /// Held by the restore thread while it writes the stores, by a query while it reads.
    let lock: TaskLock

    init(id: TaskID, lock: TaskLock, jobs: [ChangelogRestorer.Job]) {
        self.id = id
        self.lock = lock
        self.jobs = jobs
    }

    /// The changelogs that it follows.
    var partitions: Set<TopicPartition> { Set(jobs.map(\.partition)) }

    /// What its stores hold, by their names, for the task that takes them over.
    var warmStores: [String: WarmStore] {
        Dictionary(
            uniqueKeysWithValues: jobs.map {
                ($0.store.name, WarmStore(store: $0.store.store, position: $0.position))
            })
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
