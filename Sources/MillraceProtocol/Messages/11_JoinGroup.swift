public import MillraceCore

/// JoinGroup, versions 0 to 9: a member enters a group, or a round of its rebalance. A time-out of the rebalance
/// came with 1 (KIP-62), member ids that must be asked for first with 4 (KIP-394), static members with 5 (KIP-345),
/// the reason with 8 (KIP-800).
public struct JoinGroupRequest: WireRequest {
    public typealias Response = JoinGroupResponse

    public static let api = APIKey.joinGroup
    public static let versions: ClosedRange<Int16> = 0...9
    public static let flexibleSince: Int16? = 6

    public var groupID = ""
    public var sessionTimeoutMilliseconds: Int32 = 0
    /// How long the others are waited for; the session time-out in version 0.
    public var rebalanceTimeoutMilliseconds: Int32 = -1
    /// Empty for a new member.
    public var memberID = ""
    /// Of a static member; nil for others.
    public var groupInstanceID: String?
    public var protocolType = ""
    /// Assignors, the favourite first.
    public var protocols: [GroupProtocol] = []
    public var reason: String?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        try wire.field("SessionTimeoutMs", &sessionTimeoutMilliseconds)
        if wire.version >= 1 { try wire.field("RebalanceTimeoutMs", &rebalanceTimeoutMilliseconds) }
        try wire.field("MemberId", &memberID)
        if wire.version >= 5 { try wire.field("GroupInstanceId", &groupInstanceID) }
        try wire.field("ProtocolType", &protocolType)
        try wire.array("Protocols", &protocols)
        if wire.version >= 8 { try wire.field("Reason", &reason) }
    }
}

extension JoinGroupRequest {
    public struct GroupProtocol: WireStruct {
        public var name = ""
        public var metadata: [UInt8] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Metadata", &metadata)
        }
    }
}

/// The generation that begins; its leader is told all members. The protocol's type came with 7 (KIP-559), leaders
/// that must not assign with 9 (KIP-814).
public struct JoinGroupResponse: WireResponse {
    public static let api = APIKey.joinGroup
    public static let versions: ClosedRange<Int16> = 0...9
    public static let flexibleSince: Int16? = 6

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var generationID: Int32 = -1
    public var protocolType: String?
    public var protocolName: String? = ""
    /// The member id of the leader.
    public var leader = ""
    /// A static leader came back to an unchanged group: its assignments stand.
    public var skipAssignment = false
    public var memberID = ""
    /// Empty unless the leader is answered.
    public var members: [Member] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 2 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.field("ErrorCode", &error)
        try wire.field("GenerationId", &generationID)
        if wire.version >= 7 { try wire.field("ProtocolType", &protocolType) }
        try wire.field("ProtocolName", &protocolName, nullableSince: 7)
        try wire.field("Leader", &leader)
        if wire.version >= 9 { try wire.field("SkipAssignment", &skipAssignment) }
        try wire.field("MemberId", &memberID)
        try wire.array("Members", &members)
    }
}

extension JoinGroupResponse {
    public struct Member: WireStruct {
        public var memberID = ""
        /// Of a static member; nil for others.
        public var groupInstanceID: String?
        public var metadata: [UInt8] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("MemberId", &memberID)
            if wire.version >= 5 { try wire.field("GroupInstanceId", &groupInstanceID) }
            try wire.field("Metadata", &metadata)
        }
    }
}
