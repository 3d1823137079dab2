internal import MillraceCluster
internal import MillraceCore

/// What a restore thread does, slice by slice: take what it is asked, read, tell what has come of it. Calls the cluster
/// and the disk; never leaves its thread.
struct RestoreThreadLoop {
    private static let pollWait = Duration.milliseconds(100)

    private let environment: RestoreThread.Environment
    private let shared: Monitor<RestoreThread.Shared>
    private var restorer: ChangelogRestorer?
    /// Since when the cluster cannot be read.
    private var failingSince: UInt64?

    init(_ environment: RestoreThread.Environment, _ shared: Monitor<RestoreThread.Shared>) {
        self.environment = environment
        self.shared = shared
    }

    mutating func run() {
        while true {
            waitForWork()
            let (commands, number, end) = shared.withLock { shared in
                defer { shared.commands = [] }
                return (shared.commands, shared.posted, shared.end)
            }
            switch end {
            case .close:
                restorer?.close()
                return
            case .abandon:
                if let restorer { _ = Unmanaged.passRetained(restorer) }
                return
            case nil: break
            }
            do {
                if restorer == nil, !commands.isEmpty { restorer = try makeRestorer() }
                for command in commands { perform(command) }
                shared.update { $0.done = number }
                try readSlice()
                failingSince = nil
            } catch let error as ClusterError where error.kind == .retriable && mayRetry {
                wait(timeout: RestoreThreadLoop.pollWait)
            } catch {
                fail(error, commands: number)
            }
        }
    }

    /// Standbys are written down even where nothing comes.
    private func waitForWork() {
        guard let restorer, !restorer.isEmpty else { return wait(timeout: nil) }
        if !restorer.hasWork { wait(timeout: RestoreThreadLoop.pollWait) }
    }

    private func wait(timeout: Duration?) {
        func isWanted(_ shared: RestoreThread.Shared) -> Bool { !shared.commands.isEmpty || shared.end != nil }
        guard let timeout else { return shared.wait(until: isWanted) }
        _ = shared.wait(timeout: timeout, until: isWanted)
    }

    /// Whether an error that may pass is waited for: the jobs stay as they are.
    private var mayRetry: Bool {
        mutating get {
            let now = environment.clock.monotonicNanoseconds()
            let since = failingSince ?? now
            failingSince = since
            return restorer != nil && now - min(now, since) < environment.retryTimeout.wholeNanoseconds
        }
    }

    private mutating func fail(_ error: any Error, commands number: Int) {
        let failure = RestoreThread.Failure(error: error, task: restorer?.taskAtWork)
        restorer?.removeAll()
        failingSince = nil
        shared.update { shared in
            shared.done = number
            shared.progress = [:]
            shared.news = RestoreThread.News(failure: failure)
        }
        environment.onNews()
    }

    private func makeRestorer() throws -> ChangelogRestorer {
        let restorer = try ChangelogRestorer(cluster: environment.cluster, clientID: environment.clientID)
        let waker = restorer.waker
        shared.withLock { $0.waker = waker }
        return restorer
    }

    private func perform(_ command: RestoreThread.Command) {
        switch command {
        case .add(let job): restorer?.add(job)
        case .remove(let partitions): for partition in partitions { restorer?.remove(partition) }
        case .moveEnd(let partition, let end): restorer?.moveEnd(of: partition, to: end)
        }
    }

    private func readSlice() throws {
        guard let restorer else { return }
        let clock = environment.clock
        let finished = try restorer.step(maxWait: RestoreThreadLoop.pollWait, clock: clock)
        try restorer.flushStandbys(interval: environment.flushInterval.wholeNanoseconds, clock: clock)
        let lost = restorer.takeLost()
        let readRecords = restorer.takeReadRecords()
        let progress = restorer.progress
        shared.update { shared in
            shared.news.finished += finished
            shared.news.lost += lost
            shared.news.readRecords += readRecords
            for (partition, progress) in progress where shared.progress[partition] != nil {
                shared.progress[partition] = progress
            }
            for partition in finished.map(\.partition) + lost { shared.progress[partition] = nil }
        }
        if !finished.isEmpty || !lost.isEmpty { environment.onNews() }
    }
}
