public import MillraceCore

/// What `DescribeGroups`, `ListGroups` and `DeleteGroups` say of one group. Pure values.
public struct DescribedGroup: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public var memberID: String
        public var groupInstanceID: String?
        public var clientID: String
        public var clientHost: String
        /// Empty unless the group is stable, as in Kafka.
        public var metadata: [UInt8]
        public var assignment: [UInt8]

        public init(
            memberID: String, groupInstanceID: String?, clientID: String, clientHost: String, metadata: [UInt8],
            assignment: [UInt8]
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.metadata = metadata
            self.assignment = assignment
        }
    }
    /// `groupIDNotFound` for an unknown group (the wire codec drops it below version 6); its state is `Dead`.
    public var error: KafkaErrorCode
    public var groupID: String
    public var state: String
    public var protocolType: String
    /// The protocol chosen; empty unless the group is stable.
    public var protocolName: String
    public var members: [Member]

    public init(
        error: KafkaErrorCode = .none, groupID: String, state: String, protocolType: String = "",
        protocolName: String = "", members: [Member] = []
    ) {
        self.error = error
        self.groupID = groupID
        self.state = state
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.members = members
    }
}

public struct ListedGroup: Hashable, Sendable {
    public var groupID: String
    public var protocolType: String
    public var state: String
    public var type: String { "classic" }

    public init(groupID: String, protocolType: String, state: String) {
        self.groupID = groupID
        self.protocolType = protocolType
        self.state = state
    }
}

public struct DeletedGroup: Hashable, Sendable {
    public var groupID: String
    public var error: KafkaErrorCode

    public init(groupID: String, error: KafkaErrorCode) {
        self.groupID = groupID
        self.error = error
    }
}
