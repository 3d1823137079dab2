public import MillraceCore

/// LeaveGroup, versions 0 to 5: members leave, or are removed by an administrator. Several members, and static
/// ones, came with 3 (KIP-345), the reason with 5 (KIP-800).
public struct LeaveGroupRequest: WireRequest {
    public typealias Response = LeaveGroupResponse

    public static let api = APIKey.leaveGroup
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 4

    public var groupID = ""
    /// Up to version 2.
    public var memberID = ""
    /// Since version 3.
    public var members: [Member] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        if wire.version <= 2 { try wire.field("MemberId", &memberID) }
        if wire.version >= 3 { try wire.array("Members", &members) }
    }
}

extension LeaveGroupRequest {
    public struct Member: WireStruct {
        public var memberID = ""
        /// Of a static member; nil for others.
        public var groupInstanceID: String?
        public var reason: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("MemberId", &memberID)
            try wire.field("GroupInstanceId", &groupInstanceID)
            if wire.version >= 5 { try wire.field("Reason", &reason) }
        }
    }
}

/// An error for the request, and since version 3 for each member.
public struct LeaveGroupResponse: WireResponse {
    public static let api = APIKey.leaveGroup
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 4

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var members: [Member] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.field("ErrorCode", &error)
        if wire.version >= 3 { try wire.array("Members", &members) }
    }
}

extension LeaveGroupResponse {
    public struct Member: WireStruct {
        public var memberID = ""
        /// Of a static member; nil for others.
        public var groupInstanceID: String? = ""
        public var error = KafkaErrorCode.none

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("MemberId", &memberID)
            try wire.field("GroupInstanceId", &groupInstanceID)
            try wire.field("ErrorCode", &error)
        }
    }
}
