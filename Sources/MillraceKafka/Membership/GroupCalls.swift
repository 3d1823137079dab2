internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// Sends a member's requests to its coordinator over the wire, and says its answers in the member's words. Blocks the
/// calling thread.
struct GroupCalls {
    let client: ClusterClient
    let groupID: String
    let sessionTimeout: Duration
    let rebalanceTimeout: Duration

    /// What a request may take that the coordinator answers at once.
    private static let requestTimeout = Duration.seconds(10)
    /// What a join may take beyond the time that the coordinator waits for the others.
    private static let joinSlack = Duration.seconds(5)

    /// An error of the way there is answered as one that passes.
    ///
    /// - Throws: what no repetition will change.
    func answer(_ request: GroupRequest) throws(ClusterError) -> GroupResponse? {
        do throws(ClientError) {
            return try ask(request)
        } catch {
            guard let code = error.passingCode else { throw ClusterError(error) }
            switch request {
            case .join(let join): return .join(JoinGroupResponse(error: code, memberID: join.memberID))
            case .sync: return .sync(SyncGroupResponse(error: code))
            case .heartbeat: return .heartbeat(code)
            default: return nil
            }
        }
    }

    private func ask(_ request: GroupRequest) throws(ClientError) -> GroupResponse? {
        switch request {
        case .join(let join): return .join(try self.join(join))
        case .sync(let sync): return .sync(try self.sync(sync))
        case .heartbeat(let beat):
            var wire = MillraceProtocol.HeartbeatRequest()
            wire.groupID = beat.caller.groupID
            wire.generationID = beat.caller.generation
            wire.memberID = beat.caller.memberID
            wire.groupInstanceID = beat.caller.groupInstanceID
            let timeout = min(sessionTimeout, GroupCalls.requestTimeout)
            return .heartbeat(try ask(wire, timeout: timeout) { $0.error }.error)
        case .leave(let leave):
            try self.leave(leave)
            return nil
        default: return nil
        }
    }

    private func join(_ join: MillraceBroker.JoinGroupRequest) throws(ClientError) -> MillraceBroker.JoinGroupResponse {
        var wire = MillraceProtocol.JoinGroupRequest()
        wire.groupID = join.groupID
        wire.sessionTimeoutMilliseconds = Int32(clamping: join.sessionTimeout.wholeMilliseconds)
        wire.rebalanceTimeoutMilliseconds = Int32(clamping: join.rebalanceTimeout.wholeMilliseconds)
        wire.memberID = join.memberID
        wire.groupInstanceID = join.groupInstanceID
        wire.protocolType = join.protocolType
        wire.protocols = join.protocols.map { known in
            var entry = MillraceProtocol.JoinGroupRequest.GroupProtocol()
            entry.name = known.name
            entry.metadata = known.metadata
            return entry
        }
        let answer = try ask(wire, timeout: rebalanceTimeout + GroupCalls.joinSlack) { $0.error }
        return MillraceBroker.JoinGroupResponse(
            error: answer.error, generation: answer.generationID, protocolType: answer.protocolType,
            protocolName: answer.protocolName, leaderID: answer.leader, skipsAssignment: answer.skipAssignment,
            memberID: answer.memberID,
            members: answer.members.map {
                .init(memberID: $0.memberID, groupInstanceID: $0.groupInstanceID, metadata: $0.metadata)
            })
    }

    private func sync(_ sync: MillraceBroker.SyncGroupRequest) throws(ClientError) -> MillraceBroker.SyncGroupResponse {
        var wire = MillraceProtocol.SyncGroupRequest()
        wire.groupID = sync.caller.groupID
        wire.generationID = sync.caller.generation
        wire.memberID = sync.caller.memberID
        wire.groupInstanceID = sync.caller.groupInstanceID
        wire.protocolType = sync.protocolType
        wire.protocolName = sync.protocolName
        wire.assignments = sync.assignments.map { given in
            var entry = MillraceProtocol.SyncGroupRequest.Assignment()
            entry.memberID = given.memberID
            entry.assignment = given.assignment
            return entry
        }
        let answer = try ask(wire, timeout: rebalanceTimeout + GroupCalls.joinSlack) { $0.error }
        return MillraceBroker.SyncGroupResponse(
            error: answer.error, protocolType: answer.protocolType, protocolName: answer.protocolName,
            assignment: answer.assignment)
    }

    private func leave(_ leave: MillraceBroker.LeaveGroupRequest) throws(ClientError) {
        var wire = MillraceProtocol.LeaveGroupRequest()
        wire.groupID = leave.groupID
        // Up to version 2 one member leaves, since 3 a list of them.
        wire.memberID = leave.members.first?.memberID ?? ""
        wire.members = leave.members.map { member in
            var entry = MillraceProtocol.LeaveGroupRequest.Member()
            entry.memberID = member.memberID
            entry.groupInstanceID = member.groupInstanceID
            return entry
        }
        _ = try ask(wire, timeout: GroupCalls.requestTimeout) { $0.error }
    }

    /// Asks the coordinator, and looks for it again where it has moved or is not ready.
    private func ask<Request: WireRequest>(
        _ request: Request, timeout: Duration, error: (Request.Response) -> KafkaErrorCode
    ) throws(ClientError) -> Request.Response {
        try client.ask(request, of: .groupCoordinator(groupID), timeout: timeout) { answer throws(ClientError) in
            let code = error(answer)
            if [.notCoordinator, .coordinatorNotAvailable, .coordinatorLoadInProgress].contains(code) {
                throw .refused(code, subject: "group \(groupID)", message: nil)
            }
        }
    }

    /// How many partitions topics have; those that do not exist are left out.
    func partitionCounts(of topics: [String]) throws(ClientError) -> [String: Int32] {
        var counts: [String: Int32] = [:]
        for name in topics {
            do throws(ClientError) {
                for topic in try client.topics([name]) { counts[name] = Int32(topic.partitions.count) }
            } catch {
                guard case .refused(.unknownTopicOrPartition, _, _) = error else { throw error }
            }
        }
        return counts
    }
}

extension ClientError {
    /// What to tell a member of an error that may pass; nil where it will not.
    fileprivate var passingCode: KafkaErrorCode? {
        switch self {
        case .refused(let code, _, _): code
        case .unreachable, .timedOut, .badAnswer: .networkException
        case .authentication, .unsupported: nil
        }
    }
}
