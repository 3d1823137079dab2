/// The largest timestamp that one operator has seen; -1 before the first. It is committed with the positions and
/// survives a restart, so that closed windows stay closed; Kafka Streams starts anew (SEMANTICS A1, A2). It moves on
/// with records, and with the task's time where that moves without any (`IdlePolicy`). Runs on the task's thread.
@usableFromInline
final class ObservedTime {
    @exclusivity(unchecked)
    @usableFromInline var milliseconds: Int64 = -1

    /// An operator that emits something when time moves on also registers with `NodeAssembly.onTimeAdvance`, after it
    /// has made this.
    @usableFromInline
    init(of assembly: NodeAssembly) {
        let context = assembly.context
        assembly.onTimeAdvance { [self] time in
            advance(to: time.millisecondsSinceEpoch)
            return time
        }
        if context.semantics.forgetsOperatorTimes { return }
        let name = assembly.node.stateName
        assembly.onStart { [self] in
            if let time = context.operatorTimes.restoredTime(of: name) { advance(to: time.millisecondsSinceEpoch) }
        }
        context.operatorTimes.track(name) { [self] in milliseconds < 0 ? nil : Timestamp(milliseconds) }
    }

    @inlinable
    func advance(to time: Int64) {
        if time > milliseconds { milliseconds = time }
    }
}
