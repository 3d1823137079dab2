/// What callers ask of a group coordinator: the classic group APIs of Apache Kafka 4.3 as plain values, with the
/// fields of their newest versions. Pure. The request handlers of the broker make them, from the wire or from a
/// client in this process.
public enum GroupRequest: Hashable, Sendable {
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
}

/// Who asks: the member's id in its generation of its group. Anything with a group's fence carries one.
public struct GroupCaller: Hashable, Sendable {
    public var groupID: String
    /// Empty where the caller is no member.
    public var memberID: String
    /// Static membership (KIP-345); nil for a dynamic member.
    public var groupInstanceID: String?
    /// -1 where the caller is no member.
    public var generation: Int32

    public init(groupID: String, memberID: String = "", groupInstanceID: String? = nil, generation: Int32 = -1) {
        self.groupID = groupID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.generation = generation
    }
}

/// A protocol that a joining member knows, most wanted first, with what it tells the leader.
public struct JoinGroupProtocol: Hashable, Sendable {
    public var name: String
    public var metadata: [UInt8]

    public init(name: String, metadata: [UInt8]) {
        self.name = name
        self.metadata = metadata
    }
}

public struct JoinGroupRequest: Hashable, Sendable {
    public var groupID: String
    /// Empty for a member that has no id yet.
    public var memberID: String
    public var groupInstanceID: String?
    public var clientID: String
    /// Where the client is; members of this process say `GroupConfiguration.embeddedClientHost`.
    public var clientHost: String
    public var sessionTimeout: Duration
    /// How long a rebalance waits for this member.
    public var rebalanceTimeout: Duration
    public var protocolType: String
    public var protocols: [JoinGroupProtocol]
    /// Whether a first join is answered with an id to come back with (KIP-394, versions 4 and later).
    public var requiresKnownMemberID: Bool
    /// Whether a static leader that returns may be told to keep the assignment as it is (KIP-814, version 9).
    public var supportsSkippingAssignment: Bool

    public init(
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

public struct SyncGroupRequest: Hashable, Sendable {
    public var caller: GroupCaller
    /// Nil where the caller does not say (before version 5).
    public var protocolType: String?
    public var protocolName: String?
    /// From the leader: what each member gets, by member id. Empty from others.
    public var assignments: [SyncGroupAssignment]

    public init(
        caller: GroupCaller, protocolType: String? = nil, protocolName: String? = nil,
        assignments: [SyncGroupAssignment] = []
    ) {
        self.caller = caller
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }
}

public struct SyncGroupAssignment: Hashable, Sendable {
    public var memberID: String
    public var assignment: [UInt8]

    public init(memberID: String, assignment: [UInt8]) {
        self.memberID = memberID
        self.assignment = assignment
    }
}

public struct HeartbeatRequest: Hashable, Sendable {
    public var caller: GroupCaller

    public init(caller: GroupCaller) { self.caller = caller }
}

public struct LeaveGroupRequest: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        /// May be empty where the instance id names a static member.
        public var memberID: String
        public var groupInstanceID: String?

        public init(memberID: String, groupInstanceID: String? = nil) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
        }
    }
    public var groupID: String
    public var members: [Member]

    public init(groupID: String, members: [Member]) {
        self.groupID = groupID
        self.members = members
    }
}

public struct DescribeGroupsRequest: Hashable, Sendable {
    public var groupIDs: [String]

    public init(groupIDs: [String]) { self.groupIDs = groupIDs }
}

public struct ListGroupsRequest: Hashable, Sendable {
    /// Kafka's names of states, compared without case; empty for all.
    public var states: [String]
    /// Kafka's names of group types; empty for all. Every group here is of type `classic`.
    public var types: [String]

    public init(states: [String] = [], types: [String] = []) {
        self.states = states
        self.types = types
    }
}

public struct DeleteGroupsRequest: Hashable, Sendable {
    public var groupIDs: [String]

    public init(groupIDs: [String]) { self.groupIDs = groupIDs }
}
