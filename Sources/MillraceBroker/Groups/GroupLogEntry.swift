public import MillraceCore

/// One record of `__consumer_offsets`: what a group coordinator remembers. Pure. A nil value is a tombstone.
/// Key and value bytes are in `GroupLogCodec`.
public enum GroupLogEntry: Hashable, Sendable {
    case group(id: String, GroupMetadataValue?)
    case offset(groupID: String, TopicPartition, OffsetCommitValue?)

    public var groupID: String {
        switch self {
        case .group(let id, _): id
        case .offset(let id, _, _): id
        }
    }
}

/// A generation of a group as it is logged once its members have their assignments, or once it has none.
public struct GroupMetadataValue: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public var memberID: String
        public var groupInstanceID: String?
        public var clientID: String
        public var clientHost: String
        public var rebalanceTimeoutMilliseconds: Int32
        public var sessionTimeoutMilliseconds: Int32
        /// What the member told of the chosen protocol.
        public var subscription: [UInt8]
        public var assignment: [UInt8]

        public init(
            memberID: String, groupInstanceID: String?, clientID: String, clientHost: String,
            rebalanceTimeoutMilliseconds: Int32, sessionTimeoutMilliseconds: Int32, subscription: [UInt8],
            assignment: [UInt8]
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
            self.sessionTimeoutMilliseconds = sessionTimeoutMilliseconds
            self.subscription = subscription
            self.assignment = assignment
        }
    }
    public var protocolType: String
    public var generation: Int32
    public var protocolName: String?
    public var leaderID: String?
    /// When the group came to this state; nil where the record is too old to say.
    public var stateTimestamp: Timestamp?
    public var members: [Member]

    public init(
        protocolType: String, generation: Int32, protocolName: String?, leaderID: String?, stateTimestamp: Timestamp?,
        members: [Member]
    ) {
        self.protocolType = protocolType
        self.generation = generation
        self.protocolName = protocolName
        self.leaderID = leaderID
        self.stateTimestamp = stateTimestamp
        self.members = members
    }
}

/// A committed position.
public struct OffsetCommitValue: Hashable, Sendable {
    public var offset: Offset
    public var leaderEpoch: Int32
    public var metadata: String
    public var commitTimestamp: Timestamp
    /// Only in records of version 1: when it expires, whatever the group does.
    public var expireTimestamp: Timestamp?

    public init(
        offset: Offset, leaderEpoch: Int32 = -1, metadata: String, commitTimestamp: Timestamp,
        expireTimestamp: Timestamp? = nil
    ) {
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.commitTimestamp = commitTimestamp
        self.expireTimestamp = expireTimestamp
    }
}
