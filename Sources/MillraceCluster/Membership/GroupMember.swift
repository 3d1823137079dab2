package import MillraceBroker
package import MillraceCore

/// A consumer's side of the classic group protocol, eager: everything is given up before a rebalance. A pure state
/// machine, without I/O: the consumer that owns it drives it on its own thread, sends the requests of its actions and
/// brings the answers back. Rules: Kafka's consumer coordinator, KIP-345, KIP-394, KIP-814.
///
/// An empty assignment is delivered like any other, but letting go of nothing is not: `.revoking` and `.lost` always
/// name partitions.
package struct GroupMember: Sendable {
    enum State: Sendable {
        /// Holds nothing. Can become: joining.
        case unjoined
        /// Waits for the coordinator's answer to a join. Can become: counting, syncing, unjoined.
        case joining(requestID: UInt64)
        /// Leads, and waits for partition counts. Can become: syncing, unjoined.
        case counting(JoinGroupResponse)
        /// Waits for its assignment. Can become: stable, unjoined.
        case syncing(requestID: UInt64)
        /// Has its assignment. Can become: revoking, unjoined.
        case stable
        /// The caller is letting go. Can become: unjoined.
        case revoking
        /// Has left, or has been refused for good.
        case ended
    }

    package let configuration: ConsumerConfiguration
    package let groupID: String
    let clientHost: String
    let topics: [String]
    let assignor: any GroupAssignor

    var state = State.unjoined
    var memberID = ""
    var generation: Int32 = -1
    var assigned: [TopicPartition] = []
    var wantsRejoin = false
    var heartbeatID: UInt64?
    var nextHeartbeat: MonotonicTime?
    /// Set while a request waits to be tried again.
    var retryAt: MonotonicTime?
    var lastRequestID: UInt64 = 0

    /// How long after a coordinator that cannot answer now it is asked again (`retry.backoff.ms`).
    static let retryBackoff = Duration.milliseconds(100)

    /// - Parameters:
    ///   - configuration: names a group.
    ///   - clientHost: `GroupConfiguration.embeddedClientHost` for a member in the broker's process.
    package init(
        configuration: ConsumerConfiguration, clientHost: String, topics: [String], assignor: any GroupAssignor
    ) {
        guard let groupID = configuration.groupID else {
            preconditionFailure("consumer \(configuration.clientID) subscribes to \(topics) without a group id")
        }
        self.configuration = configuration
        self.groupID = groupID
        self.clientHost = clientHost
        self.topics = topics
        self.assignor = assignor
    }

    /// What fences transactional offset commits; nil outside a generation. While the caller lets go of its partitions
    /// the old generation still counts.
    package var metadata: GroupMetadata? {
        switch state {
        case .stable, .revoking:
            GroupMetadata(
                groupID: groupID, generation: generation, memberID: memberID,
                groupInstanceID: configuration.groupInstanceID)
        case .unjoined, .joining, .counting, .syncing, .ended: nil
        }
    }

    /// When `step` has something to do at the latest; nil while only an answer moves it on.
    package var nextDeadline: MonotonicTime? {
        switch state {
        case .unjoined: retryAt
        case .stable, .revoking: heartbeatID == nil ? nextHeartbeat : nil
        case .joining, .counting, .syncing, .ended: nil
        }
    }

    /// Does what is due: the first join, heartbeats, joins after a pause.
    package mutating func step(now: MonotonicTime) -> [GroupMemberAction] {
        switch state {
        case .unjoined:
            if let retryAt, now < retryAt { return [] }
            return [join()]
        case .stable, .revoking:
            guard heartbeatID == nil, let nextHeartbeat, nextHeartbeat <= now else { return [] }
            let id = nextRequestID()
            heartbeatID = id
            return [.send(id: id, .heartbeat(HeartbeatRequest(caller: caller)))]
        case .joining, .counting, .syncing, .ended:
            return []
        }
    }

    /// Asks at once whether the group still stands: somebody has come or gone.
    package mutating func heartbeatNow(now: MonotonicTime) -> [GroupMemberAction] {
        guard case .stable = state else { return [] }
        nextHeartbeat = now
        return step(now: now)
    }

    /// Takes the answer to the request of this id. Answers to requests that no longer matter change nothing.
    package mutating func receive(
        _ response: GroupResponse, for id: UInt64, now: MonotonicTime
    ) -> [GroupMemberAction] {
        switch (response, state) {
        case (.join(let join), .joining(id)): receive(join, now: now)
        case (.sync(let sync), .syncing(id)): receive(sync, now: now)
        case (.heartbeat(let error), _) where heartbeatID == id: receiveHeartbeat(error, now: now)
        default: []
        }
    }

    /// The caller has let go of what `.revoking` named.
    package mutating func completeRevocation(now: MonotonicTime) -> [GroupMemberAction] {
        guard case .revoking = state else { return [] }
        assigned = []
        return rejoinNow()
    }

    /// Begins a rebalance from this side: after a fenced producer, or when the topics have changed.
    package mutating func rejoin(now: MonotonicTime) -> [GroupMemberAction] {
        switch state {
        case .stable: return revoke()
        case .joining, .counting, .syncing: wantsRejoin = true
        case .unjoined, .revoking, .ended: break
        }
        return []
    }

    /// The coordinator refused a commit with this code; some of them say that the membership is gone.
    package mutating func commitRefused(_ code: KafkaErrorCode, now: MonotonicTime) -> [GroupMemberAction] {
        switch state {
        case .stable, .revoking:
            code == .rebalanceInProgress ? startRevocation() : lose(after: code, now: now) ?? []
        case .unjoined, .joining, .counting, .syncing, .ended:
            []
        }
    }

    /// Ends the membership. Static members say so only where it is for good, else they keep their place until their
    /// session ends.
    package mutating func leave(forGood: Bool = false, now: MonotonicTime) -> [GroupMemberAction] {
        if case .ended = state { return [] }
        state = .ended
        assigned = []
        guard !memberID.isEmpty, forGood || configuration.groupInstanceID == nil else { return [] }
        let leaver = LeaveGroupRequest.Member(memberID: memberID, groupInstanceID: configuration.groupInstanceID)
        return [.send(id: nextRequestID(), .leave(LeaveGroupRequest(groupID: groupID, members: [leaver])))]
    }

    // MARK: Steps

    var caller: GroupCaller {
        GroupCaller(
            groupID: groupID, memberID: memberID, groupInstanceID: configuration.groupInstanceID,
            generation: generation)
    }

    mutating func nextRequestID() -> UInt64 {
        lastRequestID += 1
        return lastRequestID
    }

    mutating func join() -> GroupMemberAction {
        retryAt = nil
        wantsRejoin = false
        heartbeatID = nil
        let id = nextRequestID()
        state = .joining(requestID: id)
        let subscription = ConsumerSubscription(topics: topics, userData: assignor.userData(), generation: generation)
        return .send(
            id: id,
            .join(
                JoinGroupRequest(
                    groupID: groupID, memberID: memberID, groupInstanceID: configuration.groupInstanceID,
                    clientID: configuration.clientID, clientHost: clientHost,
                    sessionTimeout: configuration.sessionTimeout, rebalanceTimeout: configuration.rebalanceTimeout,
                    protocolType: ConsumerProtocol.type,
                    protocols: [JoinGroupProtocol(name: assignor.name, metadata: subscription.encoded())])))
    }

    mutating func rejoinNow() -> [GroupMemberAction] {
        state = .unjoined
        return [join()]
    }

    /// Gives everything up, then joins again.
    mutating func revoke() -> [GroupMemberAction] {
        if assigned.isEmpty { return rejoinNow() }
        state = .revoking
        return [.deliver(.revoking(assigned))]
    }

    /// The group has begun a rebalance.
    mutating func startRevocation() -> [GroupMemberAction] {
        if case .stable = state { return revoke() }
        return []
    }
}
