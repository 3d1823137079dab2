import MillraceCore

/// A rebalance from its beginning to the answer of everyone's join. Pure. Rules: Kafka's group coordinator.
extension Group {
    /// Begins a rebalance unless one is gathering members already.
    mutating func prepareRebalanceIfNeeded(now: CoordinatorTime, into decision: inout GroupDecision) {
        if isPreparing { return }
        prepareRebalance(now: now, into: &decision)
    }

    mutating func prepareRebalance(now: CoordinatorTime, into decision: inout GroupDecision) {
        guard !members.isEmpty else { return }
        for place in members.indices {
            // The assignments they wait for will not come.
            if case .sync = members[place].waiting {
                members[place].refuse(.rebalanceInProgress, now: now, into: &decision)
            }
            members[place].hasSynced = false
        }
        syncDeadline = nil
        let latest = now.monotonic.advanced(by: rebalanceTimeout)
        if phase == .empty, configuration.initialRebalanceDelay > .zero {
            let first = now.monotonic.advanced(by: configuration.initialRebalanceDelay)
            let wait = JoinWait(deadline: min(first, latest), initial: InitialDelay(latest: latest))
            enter(.preparing(wait), now: now)
        } else {
            enter(.preparing(JoinWait(deadline: latest)), now: now)
        }
    }

    /// A rebalance waits as long as its most patient member.
    var rebalanceTimeout: Duration { members.map(\.rebalanceTimeout).max() ?? .zero }

    /// Goes on to the next generation once everyone who is in, or was told an id, has joined.
    mutating func completeJoinIfReady(now: CoordinatorTime, into decision: inout GroupDecision) {
        guard case .preparing(let wait) = phase, wait.initial == nil, pendingMembers.isEmpty else { return }
        if members.allSatisfy(\.awaitsJoin) { completeJoin(now: now, into: &decision) }
    }

    /// Everyone has joined or time is up: who has not joined is out, static members excepted.
    mutating func completeJoin(now: CoordinatorTime, into decision: inout GroupDecision) {
        members.removeAll { !$0.awaitsJoin && !$0.isStatic }
        guard !members.isEmpty else { return becomeEmpty(now: now, into: &decision) }
        guard
            let leader = members.first(where: { $0.awaitsJoin && $0.memberID == leaderID })
                ?? members.first(where: \.awaitsJoin)
        else {
            // Only static members are left and none has come: there is nobody to lead, so it waits on.
            return phase = .preparing(JoinWait(deadline: now.monotonic.advanced(by: rebalanceTimeout)))
        }
        leaderID = leader.memberID
        generation = nextGeneration
        protocolName = chosenProtocol()
        enter(.completing, now: now)
        syncDeadline = now.monotonic.advanced(by: rebalanceTimeout)
        for place in members.indices {
            members[place].isNew = false
            members[place].hasSynced = false
            members[place].assignment = []
            members[place].answer(.join(joinResponse(for: members[place])), now: now, into: &decision)
        }
    }

    /// The last member has gone. This is a generation of its own, so that nobody of an older one can commit.
    mutating func becomeEmpty(now: CoordinatorTime, into decision: inout GroupDecision) {
        generation = nextGeneration
        protocolName = nil
        leaderID = nil
        syncDeadline = nil
        enter(.empty, now: now)
        decision.entries.append(.group(id: id, metadataToLog(now: now)))
    }

    /// Generations wrap to 1, as in Kafka: -1 and 0 have meanings of their own.
    private var nextGeneration: Int32 { generation == .max ? 1 : generation + 1 }

    /// Each member votes for the first of its protocols that all members know; most votes win, and of equals the
    /// one that the longest member wants most.
    func chosenProtocol() -> String? {
        guard let first = members.first else { return nil }
        let candidates = first.protocols.map(\.name).filter { name in
            members.allSatisfy { member in member.protocols.contains { $0.name == name } }
        }
        var votes: [String: Int] = [:]
        for member in members {
            if let vote = member.protocols.first(where: { candidates.contains($0.name) }) {
                votes[vote.name, default: 0] += 1
            }
        }
        var best: (name: String, votes: Int)?
        for name in candidates where votes[name, default: 0] > best?.votes ?? -1 {
            best = (name, votes[name, default: 0])
        }
        return best?.name
    }

    /// The present generation as it goes to the log.
    func metadataToLog(now: CoordinatorTime) -> GroupMetadataValue {
        GroupMetadataValue(
            protocolType: protocolType ?? "", generation: generation, protocolName: protocolName, leaderID: leaderID,
            stateTimestamp: phaseSince ?? now.wall,
            members: members.map {
                .init(
                    memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, clientID: $0.clientID,
                    clientHost: $0.clientHost,
                    rebalanceTimeoutMilliseconds: Int32(clamping: $0.rebalanceTimeout.wholeMilliseconds),
                    sessionTimeoutMilliseconds: Int32(clamping: $0.sessionTimeout.wholeMilliseconds),
                    subscription: $0.metadata(for: protocolName), assignment: $0.assignment)
            })
    }
}
