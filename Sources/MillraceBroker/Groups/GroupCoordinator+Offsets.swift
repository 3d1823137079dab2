import MillraceCore

/// Committing, reading and deleting offsets. Pure. Rules: Kafka's group coordinator, `PROTOCOL.md` §2.2 26, 28, 36.
extension GroupCoordinator {
    mutating func decideCommit(
        _ request: OffsetCommitRequest, token: ReplyToken, now: CoordinatorTime, into decision: inout GroupDecision
    ) {
        let response = commit(
            request.offsets, by: request.caller, isTransactional: false,
            knowsMemberEpochs: request.knowsMemberEpochs, now: now, into: &decision)
        decision.reply(token, .offsetCommit(response))
    }

    mutating func decideCommit(
        _ request: TransactionalOffsetCommitRequest, token: ReplyToken, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) {
        let response = commit(
            request.offsets, by: request.caller, isTransactional: true, knowsMemberEpochs: false, now: now,
            into: &decision)
        if !decision.entries.isEmpty { decision.producer = request.producer }
        decision.reply(token, .transactionalOffsetCommit(response))
    }

    private mutating func commit(
        _ offsets: [OffsetCommitPartition], by caller: GroupCaller, isTransactional: Bool, knowsMemberEpochs: Bool,
        now: CoordinatorTime, into decision: inout GroupDecision
    ) -> OffsetCommitResponse {
        if let error = refusal(
            of: caller, isTransactional: isTransactional, knowsMemberEpochs: knowsMemberEpochs)
        {
            return OffsetCommitResponse(partitions: offsets.map { .init(partition: $0.partition, error: error) })
        }
        withMember(caller.groupID) { $0.touch(caller, now: now) }
        var response = OffsetCommitResponse(partitions: [])
        for offset in offsets {
            guard offset.metadata.utf8.count <= configuration.offsetMetadataBytesMax else {
                response.partitions.append(.init(partition: offset.partition, error: .offsetMetadataTooLarge))
                continue
            }
            let value = OffsetCommitValue(
                offset: offset.offset, leaderEpoch: offset.leaderEpoch, metadata: offset.metadata,
                commitTimestamp: now.wall)
            decision.entries.append(.offset(groupID: caller.groupID, offset.partition, value))
            response.partitions.append(.init(partition: offset.partition, error: .none))
        }
        return response
    }

    private func refusal(
        of caller: GroupCaller, isTransactional: Bool, knowsMemberEpochs: Bool
    ) -> KafkaErrorCode? {
        guard !caller.groupID.isEmpty else { return .invalidGroupID }
        guard let group = groups[caller.groupID] else {
            if caller.generation < 0 { return nil }
            return knowsMemberEpochs ? .groupIDNotFound : .illegalGeneration
        }
        return group.validateCommit(
            caller, isTransactional: isTransactional, knowsMemberEpochs: knowsMemberEpochs)
    }

    func fetched(_ request: OffsetFetchRequest) -> OffsetFetchResponse {
        let group = groups[request.groupID]
        if let error = group?.consumer?.validateFetch(memberID: request.memberID, memberEpoch: request.memberEpoch) {
            return OffsetFetchResponse(error: error, partitions: [])
        }
        let partitions = request.partitions ?? group?.offsets.allPartitions ?? []
        return OffsetFetchResponse(
            partitions: partitions.compactMap { partition in
                if request.requiresStable, group?.offsets.isPending(partition) == true {
                    return .init(partition: partition, error: .unstableOffsetCommit)
                }
                guard let value = group?.offsets[partition] else {
                    // Asked for all, there is nothing to say of a partition without a committed offset.
                    return request.partitions == nil ? nil : .init(partition: partition)
                }
                return .init(
                    partition: partition, offset: value.offset, leaderEpoch: value.leaderEpoch,
                    metadata: value.metadata)
            })
    }

    mutating func decideOffsetDelete(
        _ request: OffsetDeleteRequest, token: ReplyToken, into decision: inout GroupDecision
    ) {
        func refuse(_ error: KafkaErrorCode) -> GroupResponse { .offsetDelete(OffsetDeleteResponse(error: error)) }
        guard let group = groups[request.groupID] else { return decision.reply(token, refuse(.groupIDNotFound)) }
        if group.phase != .empty, group.protocolType != ConsumerProtocol.type {
            return decision.reply(token, refuse(.nonEmptyGroup))
        }
        let topics = group.isEmpty ? [] : group.subscribedTopics
        var response = OffsetDeleteResponse()
        for partition in request.partitions {
            let isRead = topics.map { $0.contains(partition.topic) } ?? true
            response.partitions.append(.init(partition: partition, error: isRead ? .groupSubscribedToTopic : .none))
            if !isRead, group.offsets[partition] != nil || group.offsets.isPending(partition) {
                decision.entries.append(.offset(groupID: request.groupID, partition, nil))
            }
        }
        decision.reply(token, .offsetDelete(response))
    }

    /// Forgets every group's offsets of a deleted topic, also those in open transactions: as many as fit into one batch
    /// of the log. Ask again until there is nothing left to do.
    package func forgetOffsets(of topic: String) -> GroupDecision {
        var decision = GroupDecision()
        var bytes = 0
        for id in groups.keys.sorted() {
            for partition in groups[id]?.offsets.allPartitions ?? [] where partition.topic == topic {
                let entry = GroupLogEntry.offset(groupID: id, partition, nil)
                bytes += entry.loggedBytesAtMost
                // One goes in any case, or nothing ever would.
                guard bytes <= Self.expiryBytesMaximum || decision.entries.isEmpty else { return decision }
                decision.entries.append(entry)
            }
        }
        return decision
    }
}
