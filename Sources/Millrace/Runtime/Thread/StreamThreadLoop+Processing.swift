internal import MillraceCluster
internal import MillraceCore

/// Records into operators, in slices: between two slices queries get at the stores, and the loop looks whether it is
/// time to commit or to poll.
extension StreamThreadLoop {
    private static let sliceRecords = 2_000
    /// Without a poll, and so without a look at the group, for no longer than this.
    private static let roundNanoseconds: UInt64 = 50_000_000

    func process() throws {
        let order = runningTasks
        guard !order.isEmpty else { return }
        turn = (turn + 1) % order.count
        let start = nanoseconds
        var isBusy = true
        while isBusy {
            isBusy = false
            for step in order.indices {
                let task = order[(turn + step) % order.count]
                let before = nanoseconds
                guard let running = task.running else { continue }
                if try workOff(task, running) > 0 { isBusy = true }
                guard task.isReady(now: before, idleTime: configuration.taskIdleTime) else { continue }
                if try processSlice(of: task, running, startedAt: before) > 0 { isBusy = true }
                if running.context.isCommitRequested || isCommitDue { return }
            }
            if nanoseconds - start > StreamThreadLoop.roundNanoseconds { return }
        }
    }

    private func workOff(_ task: AssignedTask, _ running: StreamTask) throws -> Int {
        guard running.hasBacklog else { return 0 }
        do {
            return try task.lock.process { try running.workOff(limit: StreamThreadLoop.sliceRecords) }
        } catch {
            throw located(error, task.id)
        }
    }

    private func processSlice(of task: AssignedTask, _ running: StreamTask, startedAt: UInt64) throws -> Int {
        let processed: Int
        do {
            processed = try task.lock.process {
                try environment.operating {
                    try running.process(limit: StreamThreadLoop.sliceRecords, stopsWhenDrained: true)
                }
            }
        } catch {
            throw located(error, task.id)
        }
        if processed > 0 {
            task.idleSince = nil
            metrics.processedRecords += processed
            task.processLatency.record(nanoseconds: (nanoseconds - startedAt) / UInt64(processed))
        }
        throttle(running)
        return processed
    }

    /// Pauses partitions with too many records waiting, and resumes them.
    private func throttle(_ task: StreamTask) {
        for queue in task.queues {
            let isFull = queue.bufferedRecords > configuration.bufferedRecordsPerPartition
            guard isFull != queue.isPaused else { continue }
            queue.isPaused = isFull
            if isFull { consumer.pause(queue.partition) } else { consumer.resume(queue.partition) }
        }
    }

    /// Begins or ends a pause: what is not fetched need not be kept.
    func followPause() {
        let wanted = environment.status.isPaused
        guard wanted != isPaused else { return }
        isPaused = wanted
        for queue in runningTasks.flatMap({ $0.running?.queues ?? [] }) where !queue.isPaused {
            if wanted { consumer.pause(queue.partition) } else { consumer.resume(queue.partition) }
        }
    }

    /// Fires timers, and moves the time of idle tasks on.
    func punctuate(_ now: Timestamp) throws {
        let policy = configuration.idlePolicy
        for task in runningTasks {
            guard let running = task.running else { continue }
            let isDue = running.context.punctuations.nextWallClockDue.map { $0 <= now } ?? false
            guard isDue || policy != .wait else { continue }
            do {
                try task.lock.process {
                    try environment.operating {
                        if isDue { try running.punctuateWallClock(now) }
                        try running.advanceIdleTime(now: now, policy)
                    }
                }
            } catch {
                throw located(error, task.id)
            }
        }
    }

    /// Errors that the loop recovers from keep their type; others get the place where they happened.
    func located(_ error: any Error, _ task: TaskID) -> any Error {
        Recovery(for: error) == nil ? StreamsError(error, location: .init(thread: name, task: task)) : error
    }
}
