/// What callers ask of a group coordinator: the group APIs of Apache Kafka 4.3 as plain values, with the
/// fields of their newest versions. Pure. The request handlers of the broker make them, from the wire or from a
/// client in this process.
package enum GroupRequest: Hashable, Sendable {
    case join(JoinGroupRequest)
    case sync(SyncGroupRequest)
    case heartbeat(HeartbeatRequest)
    case leave(LeaveGroupRequest)
    case offsetCommit(OffsetCommitRequest)
    case transactionalOffsetCommit(TransactionalOffsetCommitRequest)
    case offsetFetch(OffsetFetchRequest)
    case offsetDelete(OffsetDeleteRequest)
    case describe(DescribeGroupsRequest)
    case list(ListGroupsRequest)
    case delete(DeleteGroupsRequest)
    case consumerHeartbeat(ConsumerGroupHeartbeatRequest)
    case consumerDescribe(DescribeGroupsRequest)
}

/// Who asks: the member's id in its generation of its group. Anything with a group's fence carries one.
package struct GroupCaller: Hashable, Sendable {
    package var groupID: String
    /// Empty where the caller is no member.
    package var memberID: String
    /// Static membership (KIP-345); nil for a dynamic member.
    package var groupInstanceID: String?
    /// -1 where the caller is no member. The member epoch, where it speaks the consumer protocol.
    package var generation: Int32

    package init(groupID: String, memberID: String = "", groupInstanceID: String? = nil, generation: Int32 = -1) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.generation = generation
    }
}

/// A protocol that a joining member knows, most wanted first, with what it tells the leader.
package struct JoinGroupProtocol: Hashable, Sendable {
    package var name: String
    package var metadata: [UInt8]

    package init(name: String, metadata: [UInt8]) {
        self.name = name
        self.metadata = metadata
    }
}

package struct JoinGroupRequest: Hashable, Sendable {
    package var groupID: String
    /// Empty for a member that has no id yet.
    package var memberID: String
    package var groupInstanceID: String?
    package var clientID: String
    /// Where the client is; members of this process say `GroupConfiguration.embeddedClientHost`.
    package var clientHost: String
    package var sessionTimeout: Duration
    /// How long a rebalance waits for this member.
    package var rebalanceTimeout: Duration
    package var protocolType: String
    package var protocols: [JoinGroupProtocol]
    /// Whether a first join is answered with an id to come back with (KIP-394, versions 4 and later).
    package var requiresKnownMemberID: Bool
    /// Whether a static leader that returns may be told to keep the assignment as it is (KIP-814, version 9).
    package var supportsSkippingAssignment: Bool

    package init(
        groupID: String, memberID: String = "", groupInstanceID: String? = nil, clientID: String, clientHost: String,
        sessionTimeout: Duration, rebalanceTimeout: Duration, protocolType: String = "consumer",
        protocols: [JoinGroupProtocol], requiresKnownMemberID: Bool = true, supportsSkippingAssignment: Bool = true
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.clientID = clientID
        self.clientHost = clientHost
        self.sessionTimeout = sessionTimeout
        self.rebalanceTimeout = rebalanceTimeout
        self.protocolType = protocolType
        self.protocols = protocols
        self.requiresKnownMemberID = requiresKnownMemberID
        self.supportsSkippingAssignment = supportsSkippingAssignment
    }
}

package struct SyncGroupRequest: Hashable, Sendable {
    package var caller: GroupCaller
    /// Nil where the caller does not say (before version 5).
    package var protocolType: String?
    package var protocolName: String?
    /// From the leader: what each member gets, by member id. Empty from others.
    package var assignments: [SyncGroupAssignment]

    package init(
        caller: GroupCaller, protocolType: String? = nil, protocolName: String? = nil,
        assignments: [SyncGroupAssignment] = []
    ) {
        self.caller = caller
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }
}

package struct SyncGroupAssignment: Hashable, Sendable {
    package var memberID: String
    package var assignment: [UInt8]

    package init(memberID: String, assignment: [UInt8]) {
        self.memberID = memberID
        self.assignment = assignment
    }
}

package struct HeartbeatRequest: Hashable, Sendable {
    package var caller: GroupCaller

    package init(caller: GroupCaller) { self.caller = caller }
}

package struct LeaveGroupRequest: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        /// May be empty where the instance id names a static member.
        package var memberID: String
        package var groupInstanceID: String?

        package init(memberID: String, groupInstanceID: String? = nil) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
        }
    }
    package var groupID: String
    package var members: [Member]

    package init(groupID: String, members: [Member]) {
        self.groupID = groupID
        self.members = members
    }
}

package struct DescribeGroupsRequest: Hashable, Sendable {
    package var groupIDs: [String]

    package init(groupIDs: [String]) { self.groupIDs = groupIDs }
}

package struct ListGroupsRequest: Hashable, Sendable {
    /// Kafka's names of states, compared without case; empty for all.
    package var states: [String]
    /// Kafka's names of group types, `classic` and `consumer`, compared without case; empty for all.
    package var types: [String]

    package init(states: [String] = [], types: [String] = []) {
        self.states = states
        self.types = types
    }
}

package struct DeleteGroupsRequest: Hashable, Sendable {
    package var groupIDs: [String]

    package init(groupIDs: [String]) { self.groupIDs = groupIDs }
}
