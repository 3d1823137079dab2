import MillraceCore

/// Who may commit offsets, and which of them have outlived their group. Pure. Rules: Kafka's group coordinator,
/// KIP-211 (expiry), KIP-447 (transactions fenced by generation), KIP-848 (member epochs).
extension Group {
    /// - Parameter knowsMemberEpochs: as in `OffsetCommitRequest`.
    func validateCommit(
        _ caller: GroupCaller, isTransactional: Bool, knowsMemberEpochs: Bool
    ) -> KafkaErrorCode? {
        if let consumer {
            return consumer.validateCommit(
                caller, isTransactional: isTransactional, knowsMemberEpochs: knowsMemberEpochs)
        }
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
        if let consumer { return consumer.subscribedTopics }
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
        let topics = phase == .stable || consumer != nil ? subscribedTopics : nil
        return offsets.partitions.filter { partition in
            guard let value = offsets[partition], !offsets.isPending(partition) else { return false }
            if let expire = value.expireTimestamp { return expire <= now.wall && isEmpty }
            let since: Timestamp
            if let topics, consumer != nil {
                // When the last member of a consumer group went is not logged: after a restart the commit counts.
                if topics.contains(partition.topic) { return false }
                since = max(value.commitTimestamp, consumerClocks.emptySince ?? value.commitTimestamp)
            } else if phase == .empty {
                since = protocolType == nil ? value.commitTimestamp : phaseSince ?? value.commitTimestamp
            } else if let topics, !topics.contains(partition.topic) {
                since = value.commitTimestamp
            } else {
                return false
            }
            return now.wall.milliseconds(since: since) >= retention
        }
    }

    /// Whether nobody is in it or about to be, and nothing of it would be missed but its offsets.
    var canExpire: Bool {
        if let consumer { return consumer.members.isEmpty }
        return phase == .empty && pendingMembers.isEmpty && logged?.members.isEmpty == true
    }

    /// What forgets the group itself, apart from its offsets.
    var tombstones: [GroupLogEntry] {
        consumer?.tombstones().map { .consumer(groupID: id, $0) } ?? [.group(id: id, nil)]
    }
}

extension ConsumerGroup {
    fileprivate func validateCommit(
        _ caller: GroupCaller, isTransactional: Bool, knowsMemberEpochs: Bool
    ) -> KafkaErrorCode? {
        if caller.generation < 0, members.isEmpty { return nil }
        guard let member = members[caller.memberID] else { return .unknownMemberID }
        guard isTransactional || knowsMemberEpochs else { return .unsupportedVersion }
        if caller.generation == member.current.epoch { return nil }
        return isTransactional ? .illegalGeneration : .staleMemberEpoch
    }

    /// Whether a member may read offsets, which it has to have taken over first; nil where it may.
    func validateFetch(memberID: String?, memberEpoch: Int32) -> KafkaErrorCode? {
        if memberID == nil, memberEpoch < 0 { return nil }
        guard let member = members[memberID ?? ""] else { return .unknownMemberID }
        return memberEpoch == member.current.epoch ? nil : .staleMemberEpoch
    }
}
