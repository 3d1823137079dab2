package import MillraceCore

/// Consumer groups and their offsets. From any thread.
extension Broker {
    /// Asks the coordinator of a group; the answer comes to `inbox`, at once or when other members have spoken.
    package func submit(
        _ request: GroupRequest, group: String, to inbox: any GroupReplyReceiver
    ) throws(BrokerError) -> ReplyToken {
        try requireOpen()
        return try groupShard(of: group).submit(request, to: inbox)
    }

    /// Asks the coordinator of a group what it answers at once: everything but joining and syncing.
    package func call(_ request: GroupRequest, group: String) throws(BrokerError) -> GroupResponse {
        try requireOpen()
        return try groupShard(of: group).call(request)
    }

    /// Groups of all coordinators, sorted.
    package func listGroups(_ request: ListGroupsRequest) throws(BrokerError) -> [ListedGroup] {
        try requireOpen()
        var groups: [ListedGroup] = []
        for shard in groupShards {
            guard case .list(let listed) = try shard.call(.list(request)) else { continue }
            groups += listed
        }
        return groups.sorted { $0.groupID < $1.groupID }
    }

    /// The partition of `__consumer_offsets` that a group's offsets are in; it wakes watchers when they change.
    package func offsetsPartition(of group: String) -> Partition { groupShard(of: group).partition }

    /// Rings when members of a group come or go.
    package func membershipBell(of group: String) -> MembershipBell { groupShard(of: group).bell }

    /// Commits positions outside a transaction; durable when this returns, as the broker's durability says.
    package func commitOffsets(_ request: OffsetCommitRequest) throws(BrokerError) {
        let group = request.caller.groupID
        guard case .offsetCommit(let response) = try call(.offsetCommit(request), group: group) else { return }
        try check(response, group: group)
        if configuration.durability == .everyCommit { try offsetsPartition(of: group).sync() }
    }

    /// Makes positions part of a transaction: they count once it commits.
    package func commitOffsets(_ request: TransactionalOffsetCommitRequest) throws(BrokerError) {
        let group = request.caller.groupID
        try addToTransaction(
            [offsetsPartition(of: group).id], transactionalID: request.transactionalID, producer: request.producer)
        guard
            case .transactionalOffsetCommit(let response) = try call(
                .transactionalOffsetCommit(request), group: group)
        else { return }
        try check(response, group: group)
    }

    /// - Parameter requiresStable: refuses with `unstableOffsetCommit` where an open transaction may still change an
    ///   offset (KIP-447).
    package func committedOffsets(
        of partitions: [TopicPartition], group: String, requiresStable: Bool
    ) throws(BrokerError) -> [OffsetFetchResponse.Partition] {
        let request = OffsetFetchRequest(groupID: group, partitions: partitions, requiresStable: requiresStable)
        guard case .offsetFetch(let response) = try call(.offsetFetch(request), group: group) else { return [] }
        for error in [response.error] + response.partitions.map(\.error) where error != .none {
            throw BrokerError(error, "the offsets of group '\(group)' cannot be told now")
        }
        return response.partitions
    }

    private func check(_ response: OffsetCommitResponse, group: String) throws(BrokerError) {
        guard let refused = response.partitions.first(where: { $0.error != .none }) else { return }
        throw BrokerError(
            refused.error, "group '\(group)' refuses the offsets", partition: refused.partition)
    }

    private func groupShard(of group: String) -> GroupShard {
        groupShards[ShardIndex.of(group, count: groupShards.count)]
    }
}
