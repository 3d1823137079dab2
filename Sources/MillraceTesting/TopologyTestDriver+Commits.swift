public import Millrace

// Commits and crashes where a test wants them.

extension TopologyTestDriver {
    /// The tasks, in order. One, `0_0`, unless the configuration asks for partitions.
    public var taskIDs: [TaskID] { tasks.map(\.id) }

    /// Commits: what the tasks have written becomes visible, in order of their ids, to tests and to other tasks. What
    /// thereby comes to wait is processed if the driver processes on its own.
    /// - Parameter task: the only one that commits, as if it were alone on its thread; nil for all.
    /// - Throws: what a processor or a closure throws that coalesced updates reach.
    public func commit(_ task: TaskID? = nil) throws {
        try run {
            if let task { try find(task).commit() } else { try commitAll() }
            try fetch()
            if configuration.processesOnSend { try settle() }
        }
    }

    /// Kills the tasks and starts them anew: what they have not committed is gone, stores in memory are made anew from
    /// their changelogs, those on disk from what was written there and the changelog behind it, and records are read
    /// again from the committed positions. Schedules begin anew. Stores that were asked for before are closed: ask
    /// again. Also starts a topology again that an error has stopped.
    /// - Parameter task: the only one that crashes, as if it were alone in its process; nil for all.
    /// - Throws: `TestDriverError.stopped` after `close`, and what stores and processors throw when they start.
    public func crash(_ task: TaskID? = nil) throws {
        if stopped as? TestDriverError == .closed { throw TestDriverError.stopped(by: "close") }
        stopped = nil
        try run {
            var started: [TestTask] = []
            for index in tasks.indices where task == nil || tasks[index].id == task {
                retiredNodes = NodeSnapshot.merged(retiredNodes + tasks[index].task.context.metrics.nodeSnapshots)
                tasks[index].crash()
                tasks[index] = try makeTask(plan.entries[index])
                started.append(tasks[index])
            }
            precondition(!started.isEmpty, "there is no task \(task?.description ?? ""), only \(taskIDs)")
            try start(started)
        }
    }

    private func find(_ id: TaskID) -> TestTask {
        guard let task = tasks.first(where: { $0.id == id }) else {
            preconditionFailure("there is no task \(id), only \(taskIDs)")
        }
        return task
    }
}
