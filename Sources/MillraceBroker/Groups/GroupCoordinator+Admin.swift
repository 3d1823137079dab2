import MillraceCore

/// Describing, listing and deleting groups. Pure. Rules: Kafka's group coordinator, `PROTOCOL.md` §2.2 28.
extension GroupCoordinator {
    func described(_ groupID: String) -> DescribedGroup {
        guard let group = groups[groupID] else {
            return DescribedGroup(
                error: .groupIDNotFound, message: "there is no group '\(groupID)'", groupID: groupID, state: "Dead")
        }
        guard group.consumer == nil else {
            return DescribedGroup(
                error: .groupIDNotFound, message: "group '\(groupID)' is not of the classic protocol",
                groupID: groupID, state: "Dead")
        }
        let isStable = group.phase == .stable
        return DescribedGroup(
            groupID: groupID, state: group.stateName, protocolType: group.protocolType ?? "",
            protocolName: isStable ? group.protocolName ?? "" : "",
            members: group.members.map {
                .init(
                    memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, clientID: $0.clientID,
                    clientHost: $0.clientHost, metadata: isStable ? $0.metadata(for: group.protocolName) : [],
                    assignment: isStable ? $0.assignment : [])
            })
    }

    func describedConsumerGroup(_ groupID: String) -> DescribedConsumerGroup {
        guard let group = groups[groupID]?.consumer else {
            let reason = groups[groupID] == nil ? "there is no group" : "not of the consumer protocol: group"
            return DescribedConsumerGroup(
                error: groupID.isEmpty ? .invalidGroupID : .groupIDNotFound, message: "\(reason) '\(groupID)'",
                groupID: groupID)
        }
        func assignment(_ partitions: Set<TopicIDPartition>) -> [DescribedConsumerGroup.Assignment] {
            // A topic that has been deleted has no name any more.
            TopicIDPartitions.lists(of: partitions).compactMap { list in
                topics[list.topic].map { .init(topic: $0.id, name: $0.name, partitions: list.partitions) }
            }
        }
        return DescribedConsumerGroup(
            groupID: groupID, state: group.stateName, epoch: group.epoch, assignmentEpoch: group.targetEpoch,
            assignor: group.assignor.rawValue,
            members: group.memberIDs.compactMap { id in
                group.members[id].map { member in
                    .init(
                        memberID: id, instanceID: member.told.instanceID, rackID: member.told.rackID,
                        memberEpoch: member.current.epoch, clientID: member.told.clientID,
                        clientHost: member.told.clientHost, topicNames: member.told.topicNames,
                        topicPattern: member.told.topicPattern, assignment: assignment(member.current.assigned),
                        targetAssignment: assignment(group.targets[id] ?? []))
                }
            })
    }

    func listed(_ request: ListGroupsRequest) -> [ListedGroup] {
        func wants(_ name: String, _ filter: [String]) -> Bool {
            filter.isEmpty || filter.contains { $0.lowercased() == name.lowercased() }
        }
        return groups.values.filter { wants($0.stateName, request.states) && wants($0.type, request.types) }
            .map { group in
                ListedGroup(
                    groupID: group.id,
                    protocolType: group.consumer == nil ? group.protocolType ?? "" : ConsumerProtocol.type,
                    state: group.stateName, type: group.type)
            }
            .sorted { $0.groupID < $1.groupID }
    }

    mutating func decideDelete(
        _ request: DeleteGroupsRequest, token: ReplyToken, into decision: inout GroupDecision
    ) {
        var deleted: [DeletedGroup] = []
        var named: Set<String> = []
        for groupID in request.groupIDs where named.insert(groupID).inserted {
            guard let group = groups[groupID] else {
                deleted.append(
                    DeletedGroup(groupID: groupID, error: groupID.isEmpty ? .invalidGroupID : .groupIDNotFound))
                continue
            }
            guard group.isEmpty else {
                deleted.append(DeletedGroup(groupID: groupID, error: .nonEmptyGroup))
                continue
            }
            decision.entries += group.offsets.allPartitions.map { .offset(groupID: groupID, $0, nil) }
            decision.entries += group.tombstones
            deleted.append(DeletedGroup(groupID: groupID, error: .none))
        }
        decision.reply(token, .delete(deleted))
    }
}
