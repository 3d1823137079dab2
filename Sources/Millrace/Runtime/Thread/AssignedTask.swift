internal import MillraceCluster
internal import MillraceCore

/// A task that is assigned to a stream thread: restoring its stores, then running. Owned by the thread; `lock` and
/// what queries see of it are shared.
final class AssignedTask {
    enum Phase {
        /// Stores are being restored. Can become: running, closed.
        case restoring
        /// Can become: closed.
        case running(StreamTask)
        case closed
    }

    let id: TaskID
    /// What it reads.
    let partitions: [TopicPartition]
    let context: TaskContext
    let stores: [TaskStore]
    /// Held by the thread while it processes a slice, by the restore thread before that, by a query while it reads.
    let lock: TaskLock
    /// Positions and times committed before this thread had the task.
    let committed: [TopicPartition: CommittedOffset]
    var phase = Phase.restoring
    /// Changelogs that are still to be restored.
    var restoring: Set<TopicPartition>
    /// When stores were last written down, in nanoseconds of the monotonic clock.
    var lastFlush: UInt64
    /// Since when a task with an empty input waits for it; nil while it does not.
    var idleSince: UInt64?
    var processLatency = LatencyHistogram()
    var restoredRecords: [String: Int] = [:]

    init(
        id: TaskID, lock: TaskLock, partitions: [TopicPartition], context: TaskContext, stores: [TaskStore],
        committed: [TopicPartition: CommittedOffset], restoring: Set<TopicPartition>, now: UInt64
    ) {
        self.id = id
        self.lock = lock
        self.partitions = partitions
        self.context = context
        self.stores = stores
        self.committed = committed
        self.restoring = restoring
        lastFlush = now
    }

    var running: StreamTask? {
        if case .running(let task) = phase { task } else { nil }
    }

    /// Whether the task may process, or should wait for an input that is empty: records of its other inputs with lower
    /// timestamps may be on their way (KIP-695, SEMANTICS A8).
    func isReady(now: UInt64, idleTime: Duration?) -> Bool {
        guard let queues = running?.queues else { return false }
        guard let idleTime, queues.count > 1 else { return queues.contains { !$0.isEmpty } }
        var hasRecords = false
        var hasEmpty = false
        var isBehind = false
        for queue in queues {
            guard queue.isEmpty else {
                hasRecords = true
                continue
            }
            hasEmpty = true
            guard let position = queue.position, let end = queue.knownEnd, position >= end else {
                isBehind = true
                continue
            }
        }
        guard hasRecords else { return false }
        guard hasEmpty else {
            idleSince = nil
            return true
        }
        if isBehind { return false }
        let since = idleSince ?? now
        idleSince = since
        return now - since >= idleTime.wholeNanoseconds
    }
}
