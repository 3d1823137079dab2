import MillraceCore

/// One member's next step towards its target. Pure. Rules: KIP-848, "Reconciliation".
extension CurrentAssignmentValue {
    /// What the target asks of a member.
    struct Goal {
        let target: Set<TopicIDPartition>
        let epoch: Int32
        /// What the member says that it has; nil where it says nothing new.
        let owned: Set<TopicIDPartition>?
        /// Whether no other member holds the partition.
        let isFree: (TopicIDPartition) -> Bool
    }

    func reconciled(with goal: Goal) -> CurrentAssignmentValue {
        switch state {
        case .stable:
            return epoch == goal.epoch ? self : step(from: epoch, to: goal)
        case .unrevoked:
            return owns(pendingRevocation, in: goal) ? self : step(from: Swift.min(epoch &+ 1, goal.epoch), to: goal)
        case .unreleased:
            return step(from: epoch, to: goal)
        }
    }

    /// Who says nothing may still have all of it.
    private func owns(_ partitions: Set<TopicIDPartition>, in goal: Goal) -> Bool {
        guard let owned = goal.owned else { return true }
        return !owned.isDisjoint(with: partitions)
    }

    private func step(from epoch: Int32, to goal: Goal) -> CurrentAssignmentValue {
        let kept = assigned.intersection(goal.target)
        let revoked = assigned.subtracting(kept)
        if !revoked.isEmpty, owns(revoked, in: goal) {
            // It stays in its epoch until it has let go.
            return moved(to: epoch, .unrevoked, assigned: kept, pendingRevocation: revoked)
        }
        let missing = goal.target.subtracting(kept)
        let free = missing.filter(goal.isFree)
        return moved(
            to: goal.epoch, free.count == missing.count ? .stable : .unreleased, assigned: kept.union(free),
            pendingRevocation: [])
    }

    private func moved(
        to newEpoch: Int32, _ state: State, assigned: Set<TopicIDPartition>, pendingRevocation: Set<TopicIDPartition>
    ) -> CurrentAssignmentValue {
        CurrentAssignmentValue(
            epoch: newEpoch, previousEpoch: newEpoch == epoch ? previousEpoch : epoch, state: state,
            assigned: assigned, pendingRevocation: pendingRevocation)
    }
}
