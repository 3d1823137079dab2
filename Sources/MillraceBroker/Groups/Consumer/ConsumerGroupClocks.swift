import MillraceCore

/// When members of a `ConsumerGroup` must have spoken, and other things that a restart forgets. Pure; written by
/// decisions, before the log has their entries: what comes to nothing is dropped when its time is up.
struct ConsumerGroupClocks: Hashable, Sendable {
    /// By member: when it counts as gone.
    var sessions: [String: MonotonicTime] = [:]
    /// By member: when it must have given up what it was told to, in this epoch.
    var revocations: [String: Revocation] = [:]
    /// The picture of the topics that the group was last compared with.
    var topicsVersion: UInt64?
    /// When the last member went.
    var emptySince: Timestamp?

    struct Revocation: Hashable, Sendable {
        var epoch: Int32
        var deadline: MonotonicTime
    }

    mutating func forget(_ memberID: String) {
        sessions[memberID] = nil
        revocations[memberID] = nil
    }

    /// Keeps the deadline of a revocation that goes on, sets one for a new one, drops that of one that is over.
    mutating func follow(_ memberID: String, _ member: ConsumerMember, now: CoordinatorTime) {
        guard member.current.state == .unrevoked else {
            revocations[memberID] = nil
            return
        }
        if revocations[memberID]?.epoch == member.current.epoch { return }
        let timeout = Duration.milliseconds(max(0, member.told.rebalanceTimeoutMilliseconds))
        revocations[memberID] = Revocation(epoch: member.current.epoch, deadline: now.monotonic.advanced(by: timeout))
    }

    var nextDeadline: MonotonicTime? {
        (Array(sessions.values) + revocations.values.map(\.deadline)).min()
    }
}
