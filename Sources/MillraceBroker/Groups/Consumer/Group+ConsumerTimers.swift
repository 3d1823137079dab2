import MillraceCore

/// What time alone does to members of the consumer protocol. Pure: deadlines go out, `expireConsumers` comes in. A
/// deadline that has passed stays until the log has the member's tombstones: should it refuse them, it is asked again.
extension Group {
    /// Removes who has not spoken in time, and who has not given up in time what it was told to.
    mutating func expireConsumers(topics: GroupTopics, now: CoordinatorTime, into decision: inout GroupDecision) {
        guard let consumer else {
            consumerClocks = ConsumerGroupClocks()
            return
        }
        // Of what was decided and not logged.
        for id in consumerClocks.sessions.keys where consumer.members[id] == nil { consumerClocks.forget(id) }
        consumerClocks.revocations = consumerClocks.revocations.filter { id, revocation in
            let current = consumer.members[id]?.current
            return current?.state == .unrevoked && current?.epoch == revocation.epoch
        }
        let gone = consumer.memberIDs.filter { id in
            let deadlines = [consumerClocks.sessions[id], consumerClocks.revocations[id]?.deadline]
            return deadlines.contains { $0.map { $0 <= now.monotonic } ?? false }
        }
        guard !gone.isEmpty else { return }
        var step = ConsumerGroupStep(consumer, topics: topics)
        step.remove(gone)
        noteEmpty(step.group, now: now)
        decision.entries += step.entries.map { .consumer(groupID: id, $0) }
    }

    mutating func noteEmpty(_ after: ConsumerGroup, now: CoordinatorTime) {
        if after.members.isEmpty { consumerClocks.emptySince = now.wall }
    }

    /// After a restart everyone has a whole session, and a whole time-out for what it is giving up.
    mutating func restoreConsumers(now: CoordinatorTime) {
        guard let consumer else { return }
        for (id, member) in consumer.members {
            consumerClocks.sessions[id] = now.monotonic.advanced(by: configuration.consumer.sessionTimeout)
            consumerClocks.follow(id, member, now: now)
        }
    }

    /// The only writer of `consumer`, live and in replay.
    mutating func apply(_ entry: ConsumerGroupEntry) {
        if case .group(nil) = entry {
            consumer = nil
            consumerClocks = ConsumerGroupClocks()
            return
        }
        if consumer == nil {
            if entry.isTombstone { return }
            // What was a group of the classic protocol had no members, or this would have been refused.
            consumer = ConsumerGroup()
            pendingMembers = []
            protocolType = nil
            generation = 0
        }
        consumer?.apply(entry)
        if case .member(let id, nil) = entry { consumerClocks.forget(id) }
    }
}
