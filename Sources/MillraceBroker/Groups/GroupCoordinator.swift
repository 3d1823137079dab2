package import MillraceCore

/// All groups of one shard (one partition of `__consumer_offsets`): a pure state machine without I/O, clock, lock or
/// thread. The broker's shard calls it under its guard. Rules: Kafka's classic group protocol (KIP-134, 211, 345,
/// 394, 447, 814), the consumer protocol (KIP-848), `PROTOCOL.md` §2.2.
///
/// What is logged (generations with their assignments, offsets) is written by `apply` and `applyMarker` alone, live
/// and in replay. Who waits for what answer until when is soft: a restart forgets it and callers ask again.
///
///     let decision = coordinator.decide(request, token: token, now: now)
///     // append decision.entries, then
///     for entry in decision.entries { coordinator.apply(entry, producer: decision.producer) }
///     // then send decision.replies
package struct GroupCoordinator: Sendable {
    package let configuration: GroupConfiguration
    var groups: [String: Group] = [:]
    /// Which groups wait for the outcome of a producer's transaction.
    var groupsByProducer: [Int64: Set<String>] = [:]
    /// Counts what was applied: later entries win over earlier ones when a transaction's offsets come to count.
    var appliedEntries: UInt64 = 0
    var dice: MemberIDDice
    var offsetsCheck: MonotonicTime?
    var earliestDeadline: MonotonicTime?
    /// What there is to read. Given by the shard whenever it has changed, also before the first request.
    package var topics = GroupTopics()

    /// - Parameter seed: for member ids; another one at each start of the broker.
    package init(configuration: GroupConfiguration, seed: UInt64) {
        self.configuration = configuration
        dice = MemberIDDice(seed: seed)
    }

    /// Decides what `request` leads to. A join or a sync may be answered by a later decision.
    package mutating func decide(_ request: GroupRequest, token: ReplyToken, now: CoordinatorTime) -> GroupDecision {
        var decision = GroupDecision()
        if offsetsCheck == nil { scheduleOffsetsCheck(now) }
        if let refusal = request.refusalOfLongText {
            decision.reply(token, refusal)
            return decision
        }
        switch request {
        case .join(let join):
            decideJoin(join, token: token, now: now, into: &decision)
        case .sync(let sync):
            if withMember(sync.caller.groupID, { $0.sync(sync, token: token, now: now, into: &decision) }) { break }
            decision.reply(token, .sync(SyncGroupResponse(error: refusal(ofUnknown: sync.caller.groupID))))
        case .heartbeat(let beat):
            var error = refusal(ofUnknown: beat.caller.groupID)
            withMember(beat.caller.groupID) { error = $0.heartbeat(beat.caller, now: now) }
            decision.reply(token, .heartbeat(error))
        case .leave(let leave):
            decision.reply(token, .leave(decideLeave(leave, now: now, into: &decision)))
        case .offsetCommit(let commit):
            decideCommit(commit, token: token, now: now, into: &decision)
        case .transactionalOffsetCommit(let commit):
            decideCommit(commit, token: token, now: now, into: &decision)
        case .offsetFetch(let fetch):
            decision.reply(token, .offsetFetch(fetched(fetch)))
        case .offsetDelete(let delete):
            decideOffsetDelete(delete, token: token, into: &decision)
        case .describe(let describe):
            decision.reply(token, .describe(describe.groupIDs.map(described)))
        case .list(let list):
            decision.reply(token, .list(listed(list)))
        case .delete(let delete):
            decideDelete(delete, token: token, into: &decision)
        case .consumerHeartbeat(let beat):
            decision.reply(token, .consumerHeartbeat(decideHeartbeat(beat, now: now, into: &decision)))
        case .consumerDescribe(let describe):
            decision.reply(token, .consumerDescribe(describe.groupIDs.map(describedConsumerGroup)))
        }
        return decision
    }

    /// What the log refused to take has not happened: gives the replies to send instead, all of them with `code`.
    /// A group whose assignments could not be logged goes into another rebalance.
    package mutating func notLogged(
        _ decision: GroupDecision, _ code: KafkaErrorCode, now: CoordinatorTime
    ) -> GroupDecision {
        var instead = GroupDecision()
        instead.replies = decision.replies.map { GroupReply(token: $0.token, response: $0.response.refused(code)) }
        for case .group(let id, .some) in decision.entries {
            withMember(id) { $0.prepareRebalance(now: now, into: &instead) }
        }
        for case .consumer(let id, let entry) in decision.entries {
            withMember(id) { group in
                group.consumerClocks.topicsVersion = nil
                // It could not become a group of the classic protocol.
                if entry == .group(nil) { group.abandonClassicMembers(code, now: now, into: &instead) }
            }
        }
        return instead
    }

    // MARK: Groups

    /// Runs `body` on the group, where there is one with or without members, and keeps the timers' books.
    @discardableResult
    mutating func withMember(_ id: String, _ body: (inout Group) -> Void) -> Bool {
        guard var group = groups.removeValue(forKey: id) else { return false }
        body(&group)
        noteDeadline(group.nextDeadline)
        if !group.isForgettable { groups[id] = group }
        return true
    }

    func refusal(ofUnknown groupID: String) -> KafkaErrorCode { groupID.isEmpty ? .invalidGroupID : .unknownMemberID }

    private mutating func decideJoin(
        _ request: JoinGroupRequest, token: ReplyToken, now: CoordinatorTime, into decision: inout GroupDecision
    ) {
        func refuse(_ error: KafkaErrorCode) -> GroupResponse {
            .join(JoinGroupResponse(error: error, memberID: request.memberID))
        }
        if request.groupID.isEmpty { return decision.reply(token, refuse(.invalidGroupID)) }
        guard configuration.sessionTimeouts.contains(request.sessionTimeout) else {
            return decision.reply(token, refuse(.invalidSessionTimeout))
        }
        if groups[request.groupID] == nil {
            if !request.memberID.isEmpty { return decision.reply(token, refuse(.unknownMemberID)) }
            groups[request.groupID] = Group(id: request.groupID, configuration: configuration)
        }
        if let consumer = groups[request.groupID]?.consumer {
            guard consumer.members.isEmpty else { return decision.reply(token, refuse(.inconsistentGroupProtocol)) }
            guard request.memberID.isEmpty else { return decision.reply(token, refuse(.unknownMemberID)) }
            decision.entries += consumer.tombstones().map { .consumer(groupID: request.groupID, $0) }
        }
        let freshID = dice.memberID(after: request.groupInstanceID ?? request.clientID)
        withMember(request.groupID) {
            $0.join(request, freshID: freshID, token: token, now: now, into: &decision)
        }
    }

    private mutating func decideHeartbeat(
        _ request: ConsumerGroupHeartbeatRequest, now: CoordinatorTime, into decision: inout GroupDecision
    ) -> ConsumerGroupHeartbeatResponse {
        do throws(ConsumerGroupRefusal) {
            try request.validate()
            if groups[request.groupID] == nil {
                groups[request.groupID] = Group(id: request.groupID, configuration: configuration)
            }
            let freshID = dice.memberID(after: request.instanceID ?? request.clientID)
            let topics = topics
            var outcome = Result<ConsumerGroupHeartbeatResponse, ConsumerGroupRefusal>.failure(
                ConsumerGroupRefusal(.unknownServerError, "group '\(request.groupID)' is not there"))
            withMember(request.groupID) { group in
                do throws(ConsumerGroupRefusal) {
                    outcome = .success(
                        try group.heartbeat(request, freshID: freshID, topics: topics, now: now, into: &decision))
                } catch {
                    outcome = .failure(error)
                }
            }
            return try outcome.get()
        } catch {
            return ConsumerGroupHeartbeatResponse(error: error.code, message: error.message)
        }
    }

    private mutating func decideLeave(
        _ request: LeaveGroupRequest, now: CoordinatorTime, into decision: inout GroupDecision
    ) -> LeaveGroupResponse {
        if request.groupID.isEmpty { return LeaveGroupResponse(error: .invalidGroupID, members: []) }
        var response = LeaveGroupResponse(
            members: request.members.map {
                .init(memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, error: .unknownMemberID)
            })
        withMember(request.groupID) { group in
            for (place, member) in request.members.enumerated() {
                response.members[place].error = group.leave(member, now: now, into: &decision)
            }
        }
        return response
    }
}

/// Makes member ids that no earlier run of the broker has made (SplitMix64 over the seed).
struct MemberIDDice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// `prefix-`, cut to a length that leaves room in the log's strings, and 128 random bits in hexadecimal.
    mutating func memberID(after prefix: String) -> String {
        "\(prefix.prefix(200))-\(hexadecimal(next()))\(hexadecimal(next()))"
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
