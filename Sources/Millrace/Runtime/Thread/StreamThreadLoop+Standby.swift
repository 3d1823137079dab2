internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Tasks that the thread keeps warm for others: opened here, followed and written down by the restore thread, closed
/// here. They are no part of the group's generation: they hold committed data only, and go on through a rebalance.
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
        try followLimits()
    }

    /// Retention was faster than these standbys.
    func reopenStandbys(of lost: [TopicPartition]) throws {
        for id in standbys.keys.sorted() where !(standbys[id]?.partitions.isDisjoint(with: lost) ?? true) {
            try closeStandby(id)
            missingStandbys.append(id)
        }
    }

    /// Once what is to move here is warm, the group is asked for the next assignment; after a while in any case, for
    /// the world may have changed.
    private func askForWarmTasks() {
        guard !warmups.isEmpty, hasAssignment else { return }
        let isWarm = warmups.allSatisfy { id in
            lag(ofStandby: id).map { $0 <= acceptableLag } ?? false
        }
        let elapsed = nanoseconds - warmingSince
        guard isWarm || elapsed > configuration.probingRebalanceInterval.wholeNanoseconds else { return }
        warmups = []
        reportLags()
        consumer.rejoin()
    }

    /// What the next join says of the tasks that are kept warm.
    func reportLags() {
        var lags: [TaskID: Int64] = [:]
        for id in standbys.keys { lags[id] = lag(ofStandby: id) }
        assignor.report(lags: lags)
    }

    private func lag(ofStandby id: TaskID) -> Int64? {
        standbys[id].map { standby in
            standby.partitions.reduce(0) { $0 + (restorer.progress(of: $1)?.lag ?? 0) }
        }
    }

    /// A directory that another thread still holds, and calls that have to be repeated, are tried again in the next
    /// round: nobody waits for a standby.
    private func makeMissingStandbys() throws {
        for id in missingStandbys where environment.stateDirectory.lockTask(id) {
            do {
                let standby = try maker.makeStandby(id, now: nanoseconds)
                standbys[id] = standby
                missingStandbys.removeAll { $0 == id }
                let stores = standby.jobs.map(\.store)
                environment.queries.add(
                    id, stores, lock: standby.lock, copies: copies(of: standby.jobs), isStandby: true)
                for job in standby.jobs { restorer.add(job) }
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
        for (partition, offset) in committed { restorer.moveEnd(of: partition, to: offset.offset) }
    }

    /// Gives the stores to the task that they now belong to; its directory stays locked.
    func promoteStandby(_ id: TaskID) -> [String: WarmStore] {
        guard let standby = standbys.removeValue(forKey: id) else { return [:] }
        takeBack(standby)
        return standby.warmStores
    }

    /// From here on nobody else touches the stores.
    private func takeBack(_ standby: StandbyTask) {
        restorer.remove(standby.partitions)
        environment.queries.remove(standby.id, lock: standby.lock)
    }

    private func closeStandby(_ id: TaskID) throws {
        guard let standby = standbys.removeValue(forKey: id) else { return }
        takeBack(standby)
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

    var standbySnapshots: [StandbySnapshot] {
        standbys.values.sorted { $0.id < $1.id }.map { standby in
            let progress = standby.partitions.compactMap { restorer.progress(of: $0) }
            return StandbySnapshot(
                id: standby.id, restoredRecords: progress.reduce(0) { $0 + $1.restoredRecords },
                lag: progress.reduce(0) { $0 + $1.lag })
        }
    }
}
