public import MillraceCore

/// ListGroups, versions 0 to 5: all groups that this broker coordinates. A filter by state came with 4 (KIP-518),
/// by type with 5 (KIP-848).
public struct ListGroupsRequest: WireRequest {
    public typealias Response = ListGroupsResponse

    public static let api = APIKey.listGroups
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    /// Empty: all.
    public var statesFilter: [String] = []
    /// `classic`, `consumer`, `share`, `streams`. Empty: all.
    public var typesFilter: [String] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 4 { try wire.array("StatesFilter", &statesFilter) }
        if wire.version >= 5 { try wire.array("TypesFilter", &typesFilter) }
    }
}

/// Name, state and type of each group.
public struct ListGroupsResponse: WireResponse {
    public static let api = APIKey.listGroups
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var groups: [Group] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.field("ErrorCode", &error)
        try wire.array("Groups", &groups)
    }
}

extension ListGroupsResponse {
    public struct Group: WireStruct {
        public var groupID = ""
        public var protocolType = ""
        public var groupState = ""
        public var groupType = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("GroupId", &groupID)
            try wire.field("ProtocolType", &protocolType)
            if wire.version >= 4 { try wire.field("GroupState", &groupState) }
            if wire.version >= 5 { try wire.field("GroupType", &groupType) }
        }
    }
}
