import MillraceCore

/// A heartbeat of the consumer protocol, from who it is to what it gets. Pure. Rules: KIP-848; Apache Kafka's group
/// coordinator where the KIP leaves things open.
extension Group {
    /// - Parameter freshID: for a member that has none (version 0).
    mutating func heartbeat(
        _ request: ConsumerGroupHeartbeatRequest, freshID: String, topics: GroupTopics, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) throws(ConsumerGroupRefusal) -> ConsumerGroupHeartbeatResponse {
        let isJoining = request.memberEpoch == ConsumerGroup.joinEpoch
        if consumer == nil {
            // Refused before anything of a classic group is touched.
            guard isJoining else { throw unknownMember(request.memberID) }
            guard phase == .empty else {
                throw ConsumerGroupRefusal(
                    .groupIDNotFound, "the members of group '\(id)' speak the classic protocol")
            }
        }
        if request.memberEpoch < 0 { return try leave(request, topics: topics, now: now, into: &decision) }
        var step = ConsumerGroupStep(consumer ?? ConsumerGroup(), topics: topics)
        let memberID = request.memberID.isEmpty ? freshID : request.memberID
        let isNew = try admit(request, memberID: memberID, into: &step)
        let before = step.group.members[memberID]?.current
        let readsOther = try update(memberID, with: request, now: now, in: &step)
        if isNew || readsOther || step.group.epoch == 0 {
            step.raiseEpoch()
        } else if consumerClocks.topicsVersion != topics.version {
            step.compareTopics(now: now)
            consumerClocks.topicsVersion = topics.version
        }
        step.assignIfDue()
        step.reconcile(memberID, owned: request.ownedPartitions.map(TopicIDPartitions.set))

        guard let member = step.group.members[memberID] else { throw unknownMember(memberID) }
        if consumer == nil, logged != nil { decision.entries.append(.group(id: id, nil)) }
        decision.entries += step.entries.map { .consumer(groupID: id, $0) }
        consumerClocks.sessions[memberID] = now.monotonic.advanced(by: configuration.consumer.sessionTimeout)
        consumerClocks.follow(memberID, member, now: now)
        consumerClocks.emptySince = nil
        let tellsAssignment = request.isFull || member.current.assigned != before?.assigned
        return ConsumerGroupHeartbeatResponse(
            memberID: memberID, memberEpoch: member.current.epoch,
            heartbeatInterval: configuration.consumer.heartbeatInterval,
            assignment: tellsAssignment ? TopicIDPartitions.lists(of: member.current.assigned) : nil)
    }

    // MARK: Who it is

    /// Finds the member, or makes room for it.
    ///
    /// - Returns: whether the group did not have it.
    private func admit(
        _ request: ConsumerGroupHeartbeatRequest, memberID: String, into step: inout ConsumerGroupStep
    ) throws(ConsumerGroupRefusal) -> Bool {
        let known = step.group.members[memberID]
        let former = request.instanceID.flatMap { step.group.member(ofInstance: $0) }
        guard request.memberEpoch == ConsumerGroup.joinEpoch else {
            if let instanceID = request.instanceID { try require(instanceID, is: memberID, former: former?.id) }
            guard let known else { throw unknownMember(memberID) }
            try validateEpoch(of: known.current, memberID: memberID, request)
            return false
        }
        if let former, former.id != memberID {
            guard former.member.current.epoch == ConsumerGroup.staticLeaveEpoch else {
                throw ConsumerGroupRefusal(
                    .unreleasedInstanceID,
                    "member '\(former.id)' has the instance id '\(request.instanceID ?? "")' and has not left")
            }
            step.replace(former.id, with: memberID)
            return false
        }
        if let known {
            // It begins again: its answer was lost, or it was fenced. It owns nothing any more, as it says.
            step.set(memberID, known.current.rejoined)
            return false
        }
        guard step.group.members.count < configuration.consumer.membersMax else {
            throw ConsumerGroupRefusal(
                .groupMaxSizeReached,
                "group '\(id)' has \(configuration.consumer.membersMax) members, as many as it may have")
        }
        return true
    }

    private func require(
        _ instanceID: String, is memberID: String, former: String?
    ) throws(ConsumerGroupRefusal) {
        guard let former else {
            throw ConsumerGroupRefusal(.unknownMemberID, "no member of group '\(id)' has instance id '\(instanceID)'")
        }
        guard former == memberID else {
            throw ConsumerGroupRefusal(
                .fencedInstanceID, "the instance id '\(instanceID)' belongs to member '\(former)' now")
        }
    }

    /// A smaller epoch passes where it is the one before and the member has nothing but what it was given since: the
    /// answer with the new epoch was lost.
    private func validateEpoch(
        of current: CurrentAssignmentValue, memberID: String, _ request: ConsumerGroupHeartbeatRequest
    ) throws(ConsumerGroupRefusal) {
        let received = request.memberEpoch
        if received == current.epoch { return }
        if received < current.epoch, received == current.previousEpoch,
            let owned = request.ownedPartitions.map(TopicIDPartitions.set), owned.isSubset(of: current.assigned)
        {
            return
        }
        throw ConsumerGroupRefusal(
            .fencedMemberEpoch,
            "member '\(memberID)' is in epoch \(current.epoch), not \(received); it gives up all partitions and rejoins"
        )
    }

    private func unknownMember(_ memberID: String) -> ConsumerGroupRefusal {
        ConsumerGroupRefusal(.unknownMemberID, "group '\(id)' has no member '\(memberID)'")
    }

    // MARK: What it says

    /// - Returns: whether it reads other topics now.
    private func update(
        _ memberID: String, with request: ConsumerGroupHeartbeatRequest, now: CoordinatorTime,
        in step: inout ConsumerGroupStep
    ) throws(ConsumerGroupRefusal) -> Bool {
        let before = step.group.members[memberID]?.told
        var told = before ?? ConsumerMemberValue()
        if let instanceID = request.instanceID { told.instanceID = instanceID }
        if let rackID = request.rackID { told.rackID = rackID }
        if let timeout = request.rebalanceTimeout {
            told.rebalanceTimeoutMilliseconds = Int32(clamping: timeout.wholeMilliseconds)
        }
        if let names = request.topicNames { told.topicNames = Set(names).sorted() }
        if let pattern = request.topicPattern { told.topicPattern = pattern.isEmpty ? nil : pattern }
        if let assignor = request.assignor { told.assignor = assignor }
        told.clientID = request.clientID
        told.clientHost = request.clientHost
        if told == before { return false }
        let readBefore = before.map { step.group.topics(of: $0) }
        // One that the group has is kept up to date by `compareTopics`.
        if let pattern = told.topicPattern, step.group.patterns[pattern] == nil { try step.resolve(pattern, now: now) }
        step.tell(memberID, told)
        if before?.topicPattern != told.topicPattern { step.dropUnusedPatterns() }
        return readBefore != step.group.topics(of: told)
    }

    // MARK: Going

    private mutating func leave(
        _ request: ConsumerGroupHeartbeatRequest, topics: GroupTopics, now: CoordinatorTime,
        into decision: inout GroupDecision
    ) throws(ConsumerGroupRefusal) -> ConsumerGroupHeartbeatResponse {
        guard let consumer else { throw unknownMember(request.memberID) }
        if let instanceID = request.instanceID {
            try require(instanceID, is: request.memberID, former: consumer.member(ofInstance: instanceID)?.id)
        }
        guard let member = consumer.members[request.memberID] else { throw unknownMember(request.memberID) }
        var step = ConsumerGroupStep(consumer, topics: topics)
        if request.memberEpoch == ConsumerGroup.staticLeaveEpoch {
            // Nobody gets its partitions until its session ends.
            var current = member.current
            current.previousEpoch = current.epoch
            current.epoch = ConsumerGroup.staticLeaveEpoch
            current.state = .stable
            current.pendingRevocation = []
            step.set(request.memberID, current)
            consumerClocks.sessions[request.memberID] = now.monotonic.advanced(
                by: configuration.consumer.sessionTimeout)
        } else {
            step.remove([request.memberID])
        }
        noteEmpty(step.group, now: now)
        decision.entries += step.entries.map { .consumer(groupID: id, $0) }
        return ConsumerGroupHeartbeatResponse(
            memberID: request.memberID, memberEpoch: request.memberEpoch,
            heartbeatInterval: configuration.consumer.heartbeatInterval)
    }
}
