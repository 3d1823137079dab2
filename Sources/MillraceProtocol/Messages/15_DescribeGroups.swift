public import MillraceCore

/// DescribeGroups, versions 0 to 6: state and members of classic groups. Authorized operations came with 3
/// (KIP-430), static members with 4 (KIP-345), GROUP_ID_NOT_FOUND with 6 (KIP-1043).
public struct DescribeGroupsRequest: WireRequest {
    public typealias Response = DescribeGroupsResponse

    public static let api = APIKey.describeGroups
    public static let versions: ClosedRange<Int16> = 0...6
    public static let flexibleSince: Int16? = 5

    public var groups: [String] = []
    public var includeAuthorizedOperations = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Groups", &groups)
        if wire.version >= 3 { try wire.field("IncludeAuthorizedOperations", &includeAuthorizedOperations) }
    }
}

/// A group that does not exist is `Dead` without an error up to version 5.
public struct DescribeGroupsResponse: WireResponse {
    public static let api = APIKey.describeGroups
    public static let versions: ClosedRange<Int16> = 0...6
    public static let flexibleSince: Int16? = 5

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var groups: [Group] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.array("Groups", &groups)
    }
}

extension DescribeGroupsResponse {
    public struct Group: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var groupID = ""
        public var groupState = ""
        public var protocolType = ""
        /// The assignor that was chosen.
        public var protocolData = ""
        public var members: [Member] = []
        /// Bits by operation; the smallest number for "not asked".
        public var authorizedOperations: Int32 = .min

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            if wire.version >= 6 { try wire.field("ErrorMessage", &errorMessage) }
            try wire.field("GroupId", &groupID)
            try wire.field("GroupState", &groupState)
            try wire.field("ProtocolType", &protocolType)
            try wire.field("ProtocolData", &protocolData)
            try wire.array("Members", &members)
            if wire.version >= 3 { try wire.field("AuthorizedOperations", &authorizedOperations) }
        }
    }

    public struct Member: WireStruct {
        public var memberID = ""
        /// Of a static member; nil for others.
        public var groupInstanceID: String?
        public var clientID = ""
        public var clientHost = ""
        public var memberMetadata: [UInt8] = []
        public var memberAssignment: [UInt8] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("MemberId", &memberID)
            if wire.version >= 4 { try wire.field("GroupInstanceId", &groupInstanceID) }
            try wire.field("ClientId", &clientID)
            try wire.field("ClientHost", &clientHost)
            try wire.field("MemberMetadata", &memberMetadata)
            try wire.field("MemberAssignment", &memberAssignment)
        }
    }
}
