import MillraceCore

/// A group whose members speak the consumer protocol (KIP-848). Pure; held by its `Group`. All of it is what the log
/// says, written by `apply` alone; who must speak until when is in `ConsumerGroupClocks`.
///
/// Three epochs chase each other. The group's rises when its members, their subscriptions or their topics change. The
/// target's follows it as soon as somebody's heartbeat comes by and a new assignment has been made. A member's follows
/// the target's once the member has given up what the target takes away. A partition has one owner at any time: it goes
/// to the next one only when the owner has said, by its owned partitions, that it has let go.
struct ConsumerGroup: Hashable, Sendable {
    private(set) var epoch: Int32 = 0
    private(set) var topicsHash: Int64 = 0
    private(set) var targetEpoch: Int32 = 0
    private(set) var members: [String: ConsumerMember] = [:]
    private(set) var targets: [String: Set<TopicIDPartition>] = [:]
    private(set) var patterns: [String: ResolvedPatternValue] = [:]
    /// Who holds a partition, or has yet to give it up.
    private(set) var owners: [TopicIDPartition: String] = [:]

    /// Kafka's epochs with a meaning of their own.
    static let joinEpoch: Int32 = 0
    static let leaveEpoch: Int32 = -1
    static let staticLeaveEpoch: Int32 = -2

    mutating func apply(_ entry: ConsumerGroupEntry) {
        switch entry {
        case .group(let value?):
            epoch = value.epoch
            topicsHash = value.topicsHash
        case .member(let id, let value?):
            members[id, default: ConsumerMember()].told = value
        case .member(let id, nil):
            release(by: id)
            members[id] = nil
        case .targetEpoch(let epoch): targetEpoch = epoch ?? 0
        case .target(let id, let partitions): targets[id] = partitions
        case .current(let id, let value):
            release(by: id)
            guard value != nil || members[id] != nil else { return }
            let current = value ?? CurrentAssignmentValue()
            members[id, default: ConsumerMember()].current = current
            for partition in current.assigned { owners[partition] = id }
            for partition in current.pendingRevocation { owners[partition] = id }
        case .pattern(let pattern, let value): patterns[pattern] = value
        case .group(nil), .partitionMetadata: break
        }
    }

    private mutating func release(by id: String) {
        guard let current = members[id]?.current else { return }
        for partition in current.assigned where owners[partition] == id { owners[partition] = nil }
        for partition in current.pendingRevocation where owners[partition] == id { owners[partition] = nil }
    }

    // MARK: Reading

    var memberIDs: [String] { members.keys.sorted() }

    func member(ofInstance instanceID: String) -> (id: String, member: ConsumerMember)? {
        members.first { $0.value.told.instanceID == instanceID }.map { ($0.key, $0.value) }
    }

    /// Everything that members read: names, and what their patterns match.
    var subscribedTopics: Set<String> {
        members.values.reduce(into: []) { $0.formUnion(topics(of: $1.told)) }
    }

    func topics(of told: ConsumerMemberValue) -> Set<String> {
        var topics = Set(told.topicNames)
        if let pattern = told.topicPattern, let resolved = patterns[pattern] { topics.formUnion(resolved.topics) }
        return topics
    }

    /// The assignor that most members ask for; of equals, and where nobody asks, the first there is.
    var assignor: ConsumerAssignor {
        var votes: [ConsumerAssignor: Int] = [:]
        for member in members.values {
            if let vote = member.told.assignor.flatMap({ ConsumerAssignor(rawValue: $0) }) {
                votes[vote, default: 0] += 1
            }
        }
        var best = ConsumerAssignor.uniform
        for assignor in ConsumerAssignor.allCases where votes[assignor, default: 0] > votes[best, default: 0] {
            best = assignor
        }
        return best
    }

    /// Kafka's name of the state.
    var stateName: String {
        if members.isEmpty { return "Empty" }
        if epoch > targetEpoch { return "Assigning" }
        let isStable = members.values.allSatisfy { $0.current.state == .stable && $0.current.epoch == targetEpoch }
        return isStable ? "Stable" : "Reconciling"
    }

    /// Forgets the whole group.
    func tombstones() -> [ConsumerGroupEntry] {
        var entries: [ConsumerGroupEntry] = []
        for id in memberIDs { entries += [.current(id, nil), .target(id, nil), .member(id, nil)] }
        entries += patterns.keys.sorted().map { .pattern($0, nil) }
        return entries + [.targetEpoch(nil), .group(nil)]
    }
}

/// One member of the consumer protocol.
struct ConsumerMember: Hashable, Sendable {
    var told = ConsumerMemberValue()
    var current = CurrentAssignmentValue()
}
