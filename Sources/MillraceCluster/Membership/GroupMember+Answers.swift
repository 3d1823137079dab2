import MillraceBroker
package import MillraceCore

/// What a member makes of its coordinator's answers. Pure; part of `GroupMember`.
extension GroupMember {
    mutating func receive(_ response: JoinGroupResponse, now: MonotonicTime) -> [GroupMemberAction] {
        switch response.error {
        case .none:
            memberID = response.memberID
            generation = response.generation
            if response.leaderID == memberID, !response.skipsAssignment {
                state = .counting(response)
                return [.countPartitions(subscribedTopics(of: response))]
            }
            return sync(response.protocolName, assignments: [])
        case .memberIDRequired:
            memberID = response.memberID
            return rejoinNow()
        default:
            return recover(from: response.error, now: now)
        }
    }

    /// The partition counts that `.countPartitions` asked for; a topic that does not exist is left out.
    package mutating func providePartitionCounts(
        _ counts: [String: Int32], now: MonotonicTime
    ) -> [GroupMemberAction] {
        guard case .counting(let response) = state else { return [] }
        do {
            let members = try response.members.map { member in
                let subscription = try ConsumerSubscription(decoding: member.metadata)
                return GroupAssignorMember(
                    memberID: member.memberID, groupInstanceID: member.groupInstanceID, topics: subscription.topics,
                    userData: subscription.userData ?? [])
            }
            let results = try assignor.assign(members: members, partitionCounts: counts)
            let assignments = results.sorted { $0.key < $1.key }.map { memberID, result in
                SyncGroupAssignment(memberID: memberID, assignment: ConsumerAssignment(result).encoded())
            }
            return sync(response.protocolName, assignments: assignments)
        } catch {
            return fail(ClusterError(.invalidRequest, "assignor \(assignor.name) of group \(groupID): \(error)"))
        }
    }

    mutating func receive(_ response: SyncGroupResponse, now: MonotonicTime) -> [GroupMemberAction] {
        guard response.error == .none else { return recover(from: response.error, now: now) }
        do {
            let assignment =
                response.assignment.isEmpty
                ? ConsumerAssignment(partitions: []) : try ConsumerAssignment(decoding: response.assignment)
            assigned = assignment.topicPartitions
            state = .stable
            nextHeartbeat = now.advanced(by: configuration.heartbeatInterval)
            let event = GroupMemberAction.deliver(.assigned(assigned, userData: assignment.userData ?? []))
            return wantsRejoin ? [event] + revoke() : [event]
        } catch {
            return fail(ClusterError(.invalidRequest, "group \(groupID): an assignment that cannot be read: \(error)"))
        }
    }

    mutating func receiveHeartbeat(_ error: KafkaErrorCode, now: MonotonicTime) -> [GroupMemberAction] {
        heartbeatID = nil
        nextHeartbeat = now.advanced(by: configuration.heartbeatInterval)
        switch error {
        case .none: return []
        case .rebalanceInProgress: return startRevocation()
        default:
            if let actions = lose(after: error, now: now) { return actions }
            nextHeartbeat = now.advanced(by: min(Self.retryBackoff, configuration.heartbeatInterval))
            return []
        }
    }

    /// The answer to an error that ends the generation for this member; nil for one that does not.
    mutating func lose(after error: KafkaErrorCode, now: MonotonicTime) -> [GroupMemberAction]? {
        switch error {
        case .unknownMemberID, .illegalGeneration:
            generation = -1
            if error == .unknownMemberID { memberID = "" }
            let lost = takeAssigned()
            return (lost.isEmpty ? [] : [.deliver(.lost(lost))]) + rejoinNow()
        case .fencedInstanceID:
            return fail(fenced(error))
        default:
            return nil
        }
    }

    private mutating func sync(
        _ protocolName: String?, assignments: [SyncGroupAssignment]
    ) -> [GroupMemberAction] {
        let id = nextRequestID()
        state = .syncing(requestID: id)
        let request = SyncGroupRequest(
            caller: caller, protocolType: ConsumerProtocol.type, protocolName: protocolName, assignments: assignments)
        return [.send(id: id, .sync(request))]
    }

    /// A join or a sync that failed: join again, at once or after a pause, or give up.
    private mutating func recover(from error: KafkaErrorCode, now: MonotonicTime) -> [GroupMemberAction] {
        if let actions = lose(after: error, now: now) { return actions }
        switch error {
        case .rebalanceInProgress:
            return rejoinNow()
        case .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .requestTimedOut,
            .networkException, .kafkaStorageError:
            state = .unjoined
            retryAt = now.advanced(by: Self.retryBackoff)
            return []
        default:
            return fail(
                ClusterError(.invalidRequest, "group \(groupID) refuses member \(memberID)", code: error))
        }
    }

    private mutating func fail(_ error: ClusterError) -> [GroupMemberAction] {
        state = .ended
        let lost = takeAssigned()
        return (lost.isEmpty ? [] : [.deliver(.lost(lost))]) + [.fail(error)]
    }

    private func fenced(_ code: KafkaErrorCode) -> ClusterError {
        let instance = configuration.groupInstanceID ?? ""
        return ClusterError(
            .fenced, "another member of group \(groupID) has taken over instance \(instance)", code: code)
    }

    private mutating func takeAssigned() -> [TopicPartition] {
        defer { assigned = [] }
        return assigned
    }

    /// Every topic that some member reads, in order. Bytes that cannot be read are reported by the assignment.
    private func subscribedTopics(of response: JoinGroupResponse) -> [String] {
        var topics: Set<String> = []
        for member in response.members {
            if let subscription = try? ConsumerSubscription(decoding: member.metadata) {
                topics.formUnion(subscription.topics)
            }
        }
        return topics.sorted()
    }
}

extension ConsumerAssignment {
    fileprivate init(_ result: GroupAssignorResult) {
        let byTopic = Dictionary(grouping: result.partitions, by: \.topic).sorted { $0.key < $1.key }
        self.init(
            partitions: byTopic.map { topic, partitions in
                ConsumerProtocolPartitions(topic: topic, partitions: partitions.map(\.partition).sorted())
            }, userData: result.userData.isEmpty ? nil : result.userData)
    }

    fileprivate var topicPartitions: [TopicPartition] {
        partitions.flatMap { list in list.partitions.map { TopicPartition(list.topic, $0) } }
    }
}
