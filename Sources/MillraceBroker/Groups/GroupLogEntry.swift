package import MillraceCore

/// One record of `__consumer_offsets`: what a group coordinator remembers. Pure. A nil value is a tombstone.
/// Key and value bytes are in `GroupLogCodec`.
package enum GroupLogEntry: Hashable, Sendable {
    case group(id: String, GroupMetadataValue?)
    case offset(groupID: String, TopicPartition, OffsetCommitValue?)
    /// Of a group whose members speak the consumer protocol.
    case consumer(groupID: String, ConsumerGroupEntry)

    package var groupID: String {
        switch self {
        case .group(let id, _): id
        case .offset(let id, _, _): id
        case .consumer(let id, _): id
        }
    }
}

/// A generation of a group as it is logged once its members have their assignments, or once it has none.
package struct GroupMetadataValue: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var groupInstanceID: String?
        package var clientID: String
        package var clientHost: String
        package var rebalanceTimeoutMilliseconds: Int32
        package var sessionTimeoutMilliseconds: Int32
        /// What the member told of the chosen protocol.
        package var subscription: [UInt8]
        package var assignment: [UInt8]

        package init(
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
    package var protocolType: String
    package var generation: Int32
    package var protocolName: String?
    package var leaderID: String?
    /// When the group came to this state; nil where the record is too old to say.
    package var stateTimestamp: Timestamp?
    package var members: [Member]

    package init(
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
package struct OffsetCommitValue: Hashable, Sendable {
    package var offset: Offset
    package var leaderEpoch: Int32
    package var metadata: String
    package var commitTimestamp: Timestamp
    /// Only in records of version 1: when it expires, whatever the group does.
    package var expireTimestamp: Timestamp?

    package init(
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
