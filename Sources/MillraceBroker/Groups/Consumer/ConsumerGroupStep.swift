import MillraceCore

/// One decision about a group of the consumer protocol, being made: each entry is applied at once to a copy of the
/// group, so that what follows is decided on what it leads to. The group itself changes when the log has the entries.
/// Pure.
struct ConsumerGroupStep {
    private(set) var group: ConsumerGroup
    private(set) var entries: [ConsumerGroupEntry] = []
    let topics: GroupTopics

    /// Most steps of the automaton that patterns may take over all topics of the broker: some tenths of a second.
    static let patternStepsMax = 20_000_000

    init(_ group: ConsumerGroup, topics: GroupTopics) {
        self.group = group
        self.topics = topics
    }

    mutating func log(_ entry: ConsumerGroupEntry) {
        group.apply(entry)
        entries.append(entry)
    }

    // MARK: Epochs

    /// Asks for another assignment.
    mutating func raiseEpoch() {
        log(
            .group(
                ConsumerGroupValue(
                    epoch: group.epoch == .max ? 1 : group.epoch + 1,
                    topicsHash: topics.hash(of: group.subscribedTopics))
            ))
    }

    /// Looks whether the topics that the group reads are still what they were: named ones may have been made, deleted
    /// or have got more partitions, and patterns may match more or less.
    mutating func compareTopics(now: CoordinatorTime) {
        for pattern in Set(group.members.values.compactMap(\.told.topicPattern)).sorted() {
            // One that is refused now was not when its member came; it keeps what it matched then.
            try? resolve(pattern, now: now)
        }
        if topics.hash(of: group.subscribedTopics) != group.topicsHash { raiseEpoch() }
    }

    /// Finds the topics that a pattern matches, and logs them if they are others than it has matched so far. The
    /// broker's own topics are never matched.
    mutating func resolve(_ pattern: String, now: CoordinatorTime) throws(ConsumerGroupRefusal) {
        let names = topics.all.lazy.map(\.name).filter { !TopicName.isInternal($0) }
        let matched: Set<String>?
        do {
            matched = try TopicPattern(pattern).matching(names, steps: Self.patternStepsMax)
        } catch {
            throw ConsumerGroupRefusal(
                .invalidRegularExpression, "'\(pattern.prefix(100))' is no regular expression: \(error.message)")
        }
        guard let matched else {
            throw ConsumerGroupRefusal(
                .invalidRegularExpression, "'\(pattern.prefix(100))' takes too long to match with all topics")
        }
        let resolved = ResolvedPatternValue(
            topics: matched.sorted(), version: Int64(bitPattern: topics.version), resolved: now.wall)
        if group.patterns[pattern]?.topics != resolved.topics { log(.pattern(pattern, resolved)) }
    }

    /// Makes the assignment of the group's epoch, and logs whose has changed.
    mutating func assignIfDue() {
        guard group.epoch != group.targetEpoch else { return }
        var counts: [TopicID: Int32] = [:]
        var members: [AssignorInput.Member] = []
        for id in group.memberIDs {
            guard let member = group.members[id] else { continue }
            var ids: Set<TopicID> = []
            for name in group.topics(of: member.told) {
                guard let topic = topics[name] else { continue }
                ids.insert(topic.id)
                counts[topic.id] = topic.partitionCount
            }
            members.append(
                AssignorInput.Member(
                    id: id, instanceID: member.told.instanceID, topics: ids, current: group.targets[id] ?? []))
        }
        let assignment = group.assignor.assign(AssignorInput(members: members, partitionCounts: counts))
        for id in group.memberIDs where group.targets[id] != assignment[id] ?? [] {
            log(.target(id, assignment[id] ?? []))
        }
        log(.targetEpoch(group.epoch))
    }

    // MARK: Members

    mutating func tell(_ id: String, _ told: ConsumerMemberValue) {
        if group.members[id]?.told != told { log(.member(id, told)) }
    }

    mutating func set(_ id: String, _ current: CurrentAssignmentValue) {
        if group.members[id]?.current != current { log(.current(id, current)) }
    }

    mutating func reconcile(_ id: String, owned: Set<TopicIDPartition>?) {
        guard let current = group.members[id]?.current else { return }
        let owners = group.owners
        let goal = CurrentAssignmentValue.Goal(
            target: group.targets[id] ?? [], epoch: group.targetEpoch, owned: owned,
            isFree: { owners[$0].map { $0 == id } ?? true })
        set(id, current.reconciled(with: goal))
    }

    /// Takes members out; the others get another assignment with their next heartbeats.
    mutating func remove(_ ids: [String]) {
        for id in ids { forget(id) }
        dropUnusedPatterns()
        if !ids.isEmpty { raiseEpoch() }
    }

    mutating func dropUnusedPatterns() {
        let used = Set(group.members.values.compactMap(\.told.topicPattern))
        for pattern in group.patterns.keys.sorted() where !used.contains(pattern) { log(.pattern(pattern, nil)) }
    }

    private mutating func forget(_ id: String) {
        log(.current(id, nil))
        log(.target(id, nil))
        log(.member(id, nil))
    }

    /// A static member that has come back under another id takes over all of its former self.
    mutating func replace(_ oldID: String, with newID: String) {
        guard let old = group.members[oldID] else { return }
        let target = group.targets[oldID] ?? []
        forget(oldID)
        log(.member(newID, old.told))
        log(.target(newID, target))
        log(.current(newID, old.current.rejoined))
    }
}

extension CurrentAssignmentValue {
    /// That of a member that begins again and has nothing: what it had is kept for it, what it was to give up is free.
    var rejoined: CurrentAssignmentValue {
        CurrentAssignmentValue(
            epoch: ConsumerGroup.joinEpoch, previousEpoch: ConsumerGroup.joinEpoch, assigned: assigned)
    }
}
