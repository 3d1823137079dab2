internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Tasks come and go with the group's assignments (eager protocol: everything is given up, then handed out again).
/// A task that stays keeps its stores and operators; only its positions are set anew.
extension StreamThreadLoop {
    /// A broker may still be writing the markers of this thread's last transaction.
    private static let ownMarkersWait = Duration.milliseconds(200)
    /// After so long a call that has to be repeated is repeated.
    private static let retryNanoseconds: UInt64 = 20_000_000

    func handle(_ event: GroupEvent) throws {
        switch event {
        case .revoking: try revoke()
        case .assigned(let partitions, let userData):
            let data = AssignmentUserData(decoding: userData)
            if data.stopsApplication {
                throw StreamsError(
                    .applicationStopped, "another instance has failed, and its uncaughtErrors stops all of them")
            }
            environment.instances.replace(data.instances)
            try take(partitions, standbys: data.standby)
            warmups = data.warmups
            acceptableLag = data.acceptableLag
            warmingSince = nanoseconds
        case .lost:
            hasAssignment = false
            metrics.rebalances += 1
            collector.discard()
            producer.abort()
            closeAllDirty()
        }
    }

    private func revoke() throws {
        hasAssignment = false
        // What was not made in time is not this thread's any more: its processors must not start.
        missing = [:]
        missingSince = nil
        metrics.rebalances += 1
        do {
            try commit()
        } catch {
            guard let reaction = Recovery(for: error) else { throw error }
            // The group is on its way to a new generation already: no need to ask for one.
            try recover(from: error, reaction, rejoins: false)
        }
        for task in tasks.values { _ = task.running?.suspend() }
        reportLags()
        try consumer.completeRevocation()
    }

    private func take(_ partitions: [TopicPartition], standbys: [TaskID]) throws {
        hasAssignment = true
        missing = [:]
        missingSince = nil
        let wanted = environment.layout.tasks(reading: partitions)
        var stays: Set<TaskID> = []
        for (id, partitions) in wanted where tasks[id]?.partitions == partitions { stays.insert(id) }
        stays.subtract(try tasksMovedOn(among: stays))
        for (id, task) in tasks.sorted(by: { $0.key < $1.key }) where !stays.contains(id) { try closeClean(task) }
        // All was committed before; what a processor forwarded as it was closed is not, and can be no more.
        collector.discard()
        try takeStandbys(standbys, active: Set(wanted.map(\.task)))
        for partition in partitions { consumer.pause(partition) }
        for (id, partitions) in wanted {
            if let task = tasks[id] {
                if let running = task.running {
                    try resume(running)
                } else if task.restoring.isEmpty {
                    try start(task)
                }
            } else {
                missing[id] = partitions
            }
        }
        try makeMissingTasks()
        assignor.remember(
            generation: consumer.groupMetadata?.generation ?? -1, active: wanted.map(\.task),
            standby: standbys, onDisk: try environment.stateDirectory.tasksOnDisk(environment.disk))
    }

    /// The tasks that another thread has had meanwhile: what is committed is not what they know. A member that gave its
    /// partitions up and was then left out of a generation is not told that there was one.
    private func tasksMovedOn(among ids: Set<TaskID>) throws -> Set<TaskID> {
        let kept = ids.compactMap { tasks[$0] }
        if kept.isEmpty { return [] }
        let committed: [TopicPartition: CommittedOffset]
        do {
            committed = try consumer.committed(
                kept.flatMap(\.partitions), maxWait: StreamThreadLoop.ownMarkersWait)
        } catch {
            // Somebody's transaction with positions of these partitions is open: not this thread's.
            if error.kind == .retriable { return ids }
            throw error
        }
        let moved = kept.filter { task in
            let known = task.running?.committed ?? task.committed
            return task.partitions.contains { known[$0] != committed[$0] }
        }
        return Set(moved.map(\.id))
    }

    /// Makes what is assigned and not there yet. A directory that another thread of this process still holds, and calls
    /// that have to be repeated, are tried again in the next round.
    func makeMissingTasks() throws {
        guard nanoseconds >= retryMissingAt else { return }
        for (id, partitions) in missing.sorted(by: { $0.key < $1.key }) {
            guard standbys[id] != nil || environment.stateDirectory.lockTask(id) else {
                try waitForMissing(
                    StreamsError(
                        .timedOut, "another thread of this process still holds the task",
                        location: .init(thread: name, task: id)))
                continue
            }
            do {
                let (task, jobs) = try maker.make(
                    id, reading: partitions, now: nanoseconds, warm: { self.promoteStandby(id) })
                missing[id] = nil
                tasks[id] = task
                for partition in partitions { taskOfPartition[partition] = task }
                environment.queries.add(task.id, task.stores, lock: task.lock, copies: copies(of: jobs))
                for job in jobs { restorer.add(job) }
            } catch let error as ClusterError where error.kind == .retriable {
                if standbys[id] == nil { environment.stateDirectory.unlockTask(id) }
                retryMissingAt = nanoseconds + StreamThreadLoop.retryNanoseconds
                try waitForMissing(error)
            } catch {
                if standbys[id] == nil { environment.stateDirectory.unlockTask(id) }
                throw located(error, id)
            }
            // From here on closing the task gives its directory back.
            if let task = tasks[id], task.restoring.isEmpty { try start(task) }
        }
        if missing.isEmpty { missingSince = nil }
    }

    /// What queries are told of the stores that are read from changelogs.
    func copies(of jobs: [ChangelogRestorer.Job]) -> [String: StoreCopy] {
        Dictionary(uniqueKeysWithValues: jobs.map { ($0.store.name, $0.copy) })
    }

    private func waitForMissing(_ error: any Error) throws {
        let now = nanoseconds
        let since = missingSince ?? now
        missingSince = since
        if now - since > configuration.retryTimeout.wholeNanoseconds { throw error }
    }

    /// Starts the tasks whose stores are restored.
    func takeRestored() throws {
        let news = restorer.takeNews()
        if let failure = news.failure { throw failure.task.map { located(failure.error, $0) } ?? failure.error }
        metrics.restoredRecords += news.readRecords
        for job in news.finished {
            environment.status.report(job.report)
            guard let task = tasks[job.report.task] else { continue }
            task.restoredRecords[job.report.store] = job.report.restoredRecords
            task.restoring.remove(job.partition)
            // Processors may write as they start: not before the task is this thread's again.
            if task.restoring.isEmpty, hasAssignment { try start(task) }
        }
        try reopen(after: news.lost)
    }

    /// Retention was faster than these restores. Opened again, a store is found to stand for what is gone, and emptied.
    private func reopen(after lost: [TopicPartition]) throws {
        guard !lost.isEmpty else { return }
        for (id, task) in tasks.sorted(by: { $0.key < $1.key }) where !task.restoring.isDisjoint(with: lost) {
            closeDirty(task)
            // Between two generations it is nobody's; if it comes back it is made anew in any case.
            if hasAssignment { missing[id] = task.partitions }
        }
        try reopenStandbys(of: lost)
    }

    private func start(_ task: AssignedTask) throws {
        do {
            let running = try maker.start(task, now: configuration.clock.now())
            task.phase = .running(running)
            environment.queries.setReady(task.id, lock: task.lock)
            try resume(running)
        } catch {
            throw located(error, task.id)
        }
    }

    private func resume(_ task: StreamTask) throws {
        for queue in task.queues {
            queue.isPaused = false
            if let position = queue.position { try consumer.seek(queue.partition, to: position) }
            queue.knownEnd = try configuration.cluster.admin.offset(
                of: queue.partition, at: .latest(.readCommitted))
            if !isPaused { consumer.resume(queue.partition) }
        }
    }

    // MARK: Closing tasks

    /// Everything it did is committed: its stores go down to the disk, so that the next owner, or the next start, has
    /// nothing to restore.
    func closeClean(_ task: AssignedTask) throws {
        var failure: (any Error)?
        stopRestoring(task)
        task.lock.process {
            for store in task.stores {
                do { try store.store.flush() } catch { failure = failure ?? error }
            }
        }
        close(task)
        if let failure { throw located(failure, task.id) }
    }

    /// Nothing more may be committed: uncommitted writes are dropped, and with them what the operators had seen.
    func closeDirty(_ task: AssignedTask) {
        stopRestoring(task)
        task.lock.process {
            for store in task.stores { store.store.abort() }
            // What earlier commits left behind is sound. If it cannot be written, it is restored from the changelog.
            for store in task.stores { try? store.store.flush() }
        }
        close(task)
    }

    /// From here on the stores are this thread's again.
    private func stopRestoring(_ task: AssignedTask) {
        restorer.remove(task.restoring)
        task.restoring = []
    }

    private func close(_ task: AssignedTask) {
        environment.queries.remove(task.id, lock: task.lock)
        task.lock.process {
            if let running = task.running {
                running.close()
            } else {
                for store in task.stores { store.store.close() }
            }
        }
        task.phase = .closed
        retiredDropped.merge(task.context.metrics.dropped, uniquingKeysWith: +)
        tasks[task.id] = nil
        for partition in task.partitions { taskOfPartition[partition] = nil }
        environment.stateDirectory.unlockTask(task.id)
    }

    func closeAllDirty() {
        for task in tasks.values.sorted(by: { $0.id < $1.id }) { closeDirty(task) }
        closeAllStandbys()
        // What processors forwarded as they were closed is part of nothing.
        collector.discard()
        missing = [:]
        missingSince = nil
    }
}
