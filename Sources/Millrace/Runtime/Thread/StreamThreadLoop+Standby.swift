internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Tasks that the thread keeps warm for others: opened, followed a slice a round, written down behind, closed. They
/// are no part of the group's generation: they hold committed data only, and go on through a rebalance.
extension StreamThreadLoop {
    /// How often it is asked how far the owners of tables have come whose topics serve as changelogs.
    private static let limitNanoseconds: UInt64 = 200_000_000

    /// Takes up what the last assignment said. What becomes this thread's own task is kept until that is made.
    func takeStandbys(_ wanted: [TaskID], active: Set<TaskID>) throws {
        let keeps = Set(wanted)
        for id in standbys.keys.sorted() where !keeps.contains(id) && !active.contains(id) {
            try closeStandby(id)
        }
        missingStandbys = wanted.filter { standbys[$0] == nil }
    }

    func warmStandbys() throws {
        try makeMissingStandbys()
        askForWarmTasks()
        guard warmer.isActive else { return }
        try followLimits()
        do {
            _ = try warmer.step(maxWait: .zero) { self.nanoseconds }
        } catch let error as ClusterError where error.kind == .offsetOutOfRange {
            // Retention was faster. Opened again, the store is found to stand for what is gone, and emptied.
            for id in standbys.keys.sorted() where standbys[id]?.reads(error.partition) ?? false {
                try closeStandby(id)
                missingStandbys.append(id)
            }
        }
        metrics.restoredRecords += warmer.takeReadRecords()
    }

    /// Once what is to move here is warm, the group is asked for the next assignment; after a while in any case, for
    /// the world may have changed.
    private func askForWarmTasks() {
        guard !warmups.isEmpty, hasAssignment else { return }
        let isWarm = warmups.allSatisfy { id in
            standbys[id].map { $0.lag <= acceptableLag } ?? false
        }
        let elapsed = nanoseconds - warmingSince
        guard isWarm || elapsed > configuration.probingRebalanceInterval.wholeNanoseconds else { return }
        warmups = []
        reportLags()
        consumer.rejoin()
    }

    /// What the next join says of the tasks that are kept warm.
    func reportLags() { assignor.report(lags: standbys.mapValues(\.lag)) }

    /// A directory that another thread still holds, and calls that have to be repeated, are tried again in the next
    /// round: nobody waits for a standby.
    private func makeMissingStandbys() throws {
        for id in missingStandbys where environment.stateDirectory.lockTask(id) {
            do {
                let standby = try maker.makeStandby(id, now: nanoseconds)
                standbys[id] = standby
                missingStandbys.removeAll { $0 == id }
                for job in standby.jobs { warmer.add(job) }
            } catch let error as ClusterError where error.kind == .retriable {
                environment.stateDirectory.unlockTask(id)
            } catch {
                environment.stateDirectory.unlockTask(id)
                throw located(error, id)
            }
        }
    }

    /// What is not committed of a table's topic comes by way of the task (SEMANTICS I12).
    private func followLimits() throws {
        guard nanoseconds - lastLimits > StreamThreadLoop.limitNanoseconds else { return }
        lastLimits = nanoseconds
        let partitions = standbys.values.flatMap(\.jobs).filter { $0.source != nil }.map(\.partition)
        guard !partitions.isEmpty else { return }
        let committed = try configuration.cluster.admin.committedOffsets(
            group: environment.applicationID, partitions: partitions)
        for (partition, offset) in committed { warmer.moveEnd(of: partition, to: offset.offset) }
    }

    /// Gives the stores to the task that they now belong to; its directory stays locked.
    func promoteStandby(_ id: TaskID) -> [String: WarmStore] {
        guard let standby = standbys.removeValue(forKey: id) else { return [:] }
        for job in standby.jobs { warmer.remove(job.partition) }
        return standby.warmStores
    }

    private func closeStandby(_ id: TaskID) throws {
        guard let standby = standbys.removeValue(forKey: id) else { return }
        for job in standby.jobs { warmer.remove(job.partition) }
        defer {
            standby.close()
            environment.stateDirectory.unlockTask(id)
        }
        do {
            try standby.flush(clock: configuration.clock)
        } catch {
            throw located(error, id)
        }
    }

    /// What cannot be written down is read again from the changelog.
    func closeAllStandbys() {
        for id in standbys.keys.sorted() { try? closeStandby(id) }
        missingStandbys = []
    }

    /// Writes down at most one standby's stores a round.
    func flushStandbys() throws {
        let now = nanoseconds
        let interval = configuration.flushInterval.wholeNanoseconds
        guard
            let due = standbys.values.filter({ now - $0.lastFlush >= interval })
                .min(by: { $0.lastFlush < $1.lastFlush })
        else { return }
        due.lastFlush = now
        do {
            try due.flush(clock: configuration.clock)
        } catch {
            throw located(error, due.id)
        }
    }

    var standbySnapshots: [StandbySnapshot] {
        standbys.values.sorted { $0.id < $1.id }.map { standby in
            StandbySnapshot(
                id: standby.id, restoredRecords: standby.jobs.reduce(0) { $0 + $1.report.restoredRecords },
                lag: standby.lag)
        }
    }
}
