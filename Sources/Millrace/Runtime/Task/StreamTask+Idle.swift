public import MillraceCore

/// Time that moves on without records (`IdlePolicy`, SEMANTICS D7).
extension StreamTask {
    /// Looks whether the task is idle, and moves its time on where it has been for long enough. Stream-time schedules
    /// fire at once; operators take the time over with the commit, which is asked for. To be called once in a while,
    /// between records, also while the task is busy.
    ///
    /// - Returns: whether time has moved.
    @discardableResult
    public func advanceIdleTime(now: Timestamp, _ policy: IdlePolicy) throws -> Bool {
        guard case .advance(let interval) = policy else { return false }
        guard isAtEnd, let base = context.streamTime else {
            idle = nil
            return false
        }
        let processed = context.metrics.processedRecords
        guard var state = idle, state.processedRecords == processed else {
            idle = IdleTime(since: now, base: base, processedRecords: processed)
            return false
        }
        guard let time = state.advance(to: now, every: interval) else { return false }
        idle = state
        context.wallClockTime = now
        context.leaveRecord()
        context.moveIdleTime(to: time)
        needsCommit = true
        context.isCommitRequested = true
        if time.millisecondsSinceEpoch >= context.punctuations.nextStreamTimeDue {
            _ = try context.punctuations.fire(.streamTime, at: time)
        }
        return true
    }

    /// Whether everything that is known to be in the partitions has been processed.
    private var isAtEnd: Bool {
        !hasBacklog
            && queues.allSatisfy { queue in
                guard queue.isEmpty, let position = queue.position, let end = queue.knownEnd else { return false }
                return position >= end
            }
    }
}
