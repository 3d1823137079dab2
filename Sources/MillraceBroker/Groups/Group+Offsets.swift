import MillraceCore

/// Who may commit offsets, and which of them have outlived their group. Pure. Rules: Kafka's group coordinator,
/// KIP-211 (expiry), KIP-447 (transactions fenced by generation).
extension Group {
    func validateCommit(_ caller: GroupCaller, isTransactional: Bool) -> KafkaErrorCode? {
        if caller.generation < 0, phase == .empty { return nil }
        let isMember = caller.generation >= 0 || !caller.memberID.isEmpty || caller.groupInstanceID != nil
        if isMember {
            if let error = validate(caller) { return error }
        } else if !isTransactional {
            return .unknownMemberID
        }
        return !isTransactional && phase == .completing ? .rebalanceInProgress : nil
    }

    /// A commit is a sign of life.
    mutating func touch(_ caller: GroupCaller, now: CoordinatorTime) {
        if let place = place(of: caller.memberID) { members[place].touch(now) }
    }

    /// The topics that members of the consumer protocol read; nil where that cannot be told, and so any topic may be.
    var subscribedTopics: Set<String>? {
        guard protocolType == ConsumerProtocol.type else { return nil }
        if members.isEmpty { return [] }
        guard protocolName != nil else { return nil }
        var topics: Set<String> = []
        for member in members {
            guard let subscription = try? ConsumerSubscription(decoding: member.metadata(for: protocolName)) else {
                return nil
            }
            topics.formUnion(subscription.topics)
        }
        return topics
    }

    /// What may be forgotten: a week after the last member left, or after the commit where there never was one, or
    /// where nobody reads the topic any more. Offsets in open transactions stay.
    func expiredOffsets(now: CoordinatorTime) -> [TopicPartition] {
        let retention = configuration.offsetsRetention.wholeMilliseconds
        let topics = phase == .stable ? subscribedTopics : nil
        return offsets.partitions.filter { partition in
            guard let value = offsets[partition], !offsets.isPending(partition) else { return false }
            if let expire = value.expireTimestamp { return expire <= now.wall && members.isEmpty }
            let since: Timestamp
            if phase == .empty {
                since = protocolType == nil ? value.commitTimestamp : phaseSince ?? value.commitTimestamp
            } else if let topics, !topics.contains(partition.topic) {
                since = value.commitTimestamp
            } else {
                return false
            }
            return now.wall.milliseconds(since: since) >= retention
        }
    }
}
