internal import MillraceCore

/// Acknowledgements that wait for the disk, so that who waits for them need not (group commit, as in databases since
/// IBM's IMS): a few threads sync one partition each, and all who have come meanwhile share its next sync. Does I/O on
/// threads of its own, started when first needed; asked from any thread, never blocking it.
///
/// How many may wait is bounded by those who ask: the server by its requests in flight.
final class SyncQueue: Sendable {
    /// Partitions that are synced at the same time. More would wait for the same journal of the file system.
    static let threadsMax = 4

    typealias Completion = @Sendable (BrokerError?) -> Void

    /// Those who wait for one partition.
    private struct Line {
        let partition: Partition
        var waiting: [Completion] = []
        /// A thread syncs it; whoever comes now is for the next sync.
        var isRunning = false
    }

    private struct State {
        var lines: [ObjectIdentifier: Line] = [:]
        /// Lines with somebody in them that no thread is at, the longest waiting first.
        var ready: [ObjectIdentifier] = []
        /// Those about to start included.
        var threads = 0
        /// Of the running threads.
        var identifiers: Set<UInt> = []
        var idleThreads = 0
        var isClosed = false
    }

    private let state = Monitor(State())

    /// Calls `completion`, on a thread of this queue, when all that has been appended to the partition until now
    /// survives a power loss, or cannot be made to.
    func whenSynced(_ partition: Partition, _ completion: @escaping Completion) {
        let (isAccepted, needsThread) = state.update { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            let key = ObjectIdentifier(partition)
            var line = state.lines[key] ?? Line(partition: partition)
            if line.waiting.isEmpty, !line.isRunning { state.ready.append(key) }
            line.waiting.append(completion)
            state.lines[key] = line
            guard state.ready.count > state.idleThreads, state.threads < Self.threadsMax else { return (true, false) }
            state.threads += 1
            return (true, true)
        }
        guard isAccepted else { return completion(.closed) }
        if needsThread { _ = SystemThread.start(name: "broker-sync", isUrgent: true) { self.run() } }
    }

    /// Answers all who wait, then ends the threads. Whoever comes later is refused. Called by a completion, it does
    /// not wait for the thread that it is on.
    func close() {
        let own = SystemThread.currentIdentifier
        state.update { $0.isClosed = true }
        state.wait { state in state.threads == (state.identifiers.contains(own) ? 1 : 0) }
    }

    // MARK: The threads

    private func run() {
        let own = SystemThread.currentIdentifier
        _ = state.withLock { $0.identifiers.insert(own) }
        while let (key, partition, waiting) = next() {
            var failure: BrokerError?
            do { try partition.sync() } catch { failure = error }
            for completion in waiting { completion(failure) }
            state.update { state in
                guard var line = state.lines[key] else { return }
                line.isRunning = false
                state.lines[key] = line.waiting.isEmpty ? nil : line
                if !line.waiting.isEmpty { state.ready.append(key) }
            }
        }
        state.update { state in
            state.identifiers.remove(own)
            state.threads -= 1
        }
    }

    /// Waits for somebody to serve; nil once the queue is closed and nobody is left.
    private func next() -> (ObjectIdentifier, Partition, [Completion])? {
        state.withLock { $0.idleThreads += 1 }
        defer { state.withLock { $0.idleThreads -= 1 } }
        while true {
            state.wait { !$0.ready.isEmpty || $0.isClosed }
            let (taken, isOver) = state.withLock { state -> ((ObjectIdentifier, Partition, [Completion])?, Bool) in
                guard !state.ready.isEmpty else { return (nil, state.isClosed) }
                let key = state.ready.removeFirst()
                guard var line = state.lines[key] else { return (nil, false) }
                let waiting = line.waiting
                line.waiting = []
                line.isRunning = true
                state.lines[key] = line
                return ((key, line.partition, waiting), false)
            }
            if taken != nil || isOver { return taken }
        }
    }
}
