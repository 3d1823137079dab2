import MillraceCore

/// Describing, listing and deleting groups. Pure. Rules: Kafka's group coordinator, `PROTOCOL.md` §2.2 28.
extension GroupCoordinator {
    func described(_ groupID: String) -> DescribedGroup {
        guard let group = groups[groupID] else {
            return DescribedGroup(error: .groupIDNotFound, groupID: groupID, state: "Dead")
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

    func listed(_ request: ListGroupsRequest) -> [ListedGroup] {
        func wants(_ name: String, _ filter: [String]) -> Bool {
            filter.isEmpty || filter.contains { $0.lowercased() == name.lowercased() }
        }
        guard wants("classic", request.types) else { return [] }
        return groups.values.filter { wants($0.stateName, request.states) }
            .map { ListedGroup(groupID: $0.id, protocolType: $0.protocolType ?? "", state: $0.stateName) }
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
            guard group.phase == .empty else {
                deleted.append(DeletedGroup(groupID: groupID, error: .nonEmptyGroup))
                continue
            }
            decision.entries += group.offsets.allPartitions.map { .offset(groupID: groupID, $0, nil) }
            decision.entries.append(.group(id: groupID, nil))
            deleted.append(DeletedGroup(groupID: groupID, error: .none))
        }
        decision.reply(token, .delete(deleted))
    }
}
