public import MillraceCore

/// What one node does before a commit when the task's time has moved on without a record (`IdlePolicy`, SEMANTICS D7):
/// it passes on what it held back for the commit, takes the time over, and says what its children may take over.
/// Pure; made by `Topology.assemble`, run on the task's thread.
struct TimeStep {
    /// Positions of the parents' steps.
    let parents: [Int]
    /// What coalescing operators of the node forward.
    let emissions: [() throws -> Void]
    let advance: ((Timestamp) throws -> Timestamp)?
}

extension [TimeStep] {
    /// Runs all steps, parents before children. A node is told the earliest of the times that its parents pass on.
    func run(_ time: Timestamp) throws {
        var passedOn: [Timestamp] = []
        for step in self {
            let told = step.parents.map { passedOn[$0] }.min() ?? time
            let next = try step.advance?(told) ?? told
            for emit in step.emissions { try emit() }
            passedOn.append(Swift.min(told, next))
        }
    }
}

extension NodeAssembly {
    /// Calls `advance` before a commit when the task's time has moved on without a record (`IdlePolicy`, SEMANTICS D7).
    /// Of several calls for one node the last counts.
    ///
    ///     assembly.onTimeAdvance { time in
    ///         observed.advance(to: time.millisecondsSinceEpoch)
    ///         try emitWhatHasClosed()
    ///         return buffer.lowestTimestamp.map { min($0, time) } ?? time
    ///     }
    ///
    /// - Parameter advance: is given the time before which no parent sends anything more. It emits what that time
    ///   closes and returns the time before which the node itself sends nothing more: the same time, or the lowest
    ///   timestamp of what it still holds back.
    public func onTimeAdvance(_ advance: @escaping (Timestamp) throws -> Timestamp) {
        timeAdvances[node.id] = advance
    }
}
