internal import MillraceCluster
internal import MillraceCore

/// Reads changelogs into stores on a thread of its own, so that neither running tasks nor the heartbeats of their
/// stream thread wait for it. There is one for each stream thread, which alone calls this handle. A job, and with it
/// its store, is the restore thread's from `add` on, until `takeNews` or `remove` has given it back.
final class RestoreThread {
    typealias Job = ChangelogRestorer.Job

    /// How far one job is.
    struct Progress: Hashable {
        var restoredRecords = 0
        /// Offsets that are left to read, as last seen.
        var lag: Int64 = 0
    }

    /// What has happened since the last look.
    struct News {
        /// Jobs that are done, in order.
        var finished: [Job] = []
        /// Changelogs of which retention has taken what was next; their jobs have been given back.
        var lost: [TopicPartition] = []
        var readRecords = 0
        /// Why reading failed. All jobs have been given back then: their tasks are to be closed.
        var failure: Failure?
    }

    struct Failure {
        let error: any Error
        /// Whose store it was; nil where the cluster failed.
        let task: TaskID?
    }

    enum Command {
        case add(Job)
        case remove(Set<TopicPartition>)
        case moveEnd(TopicPartition, Offset)
    }

    enum End {
        case close
        /// As if the process had been killed. For tests.
        case abandon
    }

    /// What both threads see.
    struct Shared {
        var commands: [Command] = []
        /// Commands posted and done so far.
        var posted = 0
        var done = 0
        var end: End?
        var news = News()
        var progress: [TopicPartition: Progress] = [:]
        var waker: ConsumerWaker?
    }

    /// What the thread is made with.
    struct Environment: Sendable {
        let cluster: any Cluster
        let clientID: String
        let clock: any Clock
        /// How often standbys are written down.
        let flushInterval: Duration
        /// How long calls that may be repeated are repeated.
        let retryTimeout: Duration
        /// Called on the restore thread whenever `takeNews` has something to give.
        let onNews: @Sendable () -> Void
    }

    private let shared = Monitor(Shared())
    private let thread: SystemThread

    init(name: String, _ environment: Environment) {
        thread = SystemThread.start(name: name) { [shared] in
            var loop = RestoreThreadLoop(environment, shared)
            loop.run()
        }
    }

    func add(_ job: Job) {
        let start = Progress(lag: job.lag)
        let partition = job.partition
        post(.add(job)) { $0.progress[partition] = start }
    }

    /// Takes jobs back; waits for the slice that is being read. Their stores are the caller's again.
    func remove(_ partitions: Set<TopicPartition>) {
        guard !partitions.isEmpty else { return }
        let number = post(.remove(partitions)) { shared in
            for partition in partitions { shared.progress[partition] = nil }
        }
        shared.wait { $0.done >= number }
        shared.withLock { shared in
            shared.news.finished.removeAll { partitions.contains($0.partition) }
            shared.news.lost.removeAll { partitions.contains($0) }
        }
    }

    /// Lets a standby's job go on to `end`.
    func moveEnd(of partition: TopicPartition, to end: Offset) { post(.moveEnd(partition, end)) { _ in } }

    func takeNews() -> News {
        shared.withLock { shared in
            defer { shared.news = News() }
            return shared.news
        }
    }

    /// Nil for what is not being read.
    func progress(of partition: TopicPartition) -> Progress? { shared.withLock { $0.progress[partition] } }

    /// Ends the thread and its consumer. Jobs that are left are not touched any more.
    func close() { end(.close) }

    /// Ends the thread and closes nothing.
    func abandon() { end(.abandon) }

    private func end(_ end: End) {
        let waker = shared.update { shared in
            shared.end = end
            return shared.waker
        }
        waker?.wakeUp()
        thread.join()
    }

    @discardableResult
    private func post(_ command: Command, _ change: (inout Shared) -> Void) -> Int {
        let (number, waker) = shared.update { shared in
            shared.commands.append(command)
            shared.posted += 1
            change(&shared)
            return (shared.posted, shared.waker)
        }
        waker?.wakeUp()
        return number
    }
}
