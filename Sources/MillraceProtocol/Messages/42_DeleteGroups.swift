public import MillraceCore

/// DeleteGroups, versions 0 to 2: deletes groups that have no members (KIP-229).
public struct DeleteGroupsRequest: WireRequest {
    public typealias Response = DeleteGroupsResponse

    public static let api = APIKey.deleteGroups
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    public var groupNames: [String] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("GroupsNames", &groupNames)
    }
}

/// An error for each group.
public struct DeleteGroupsResponse: WireResponse {
    public static let api = APIKey.deleteGroups
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var results: [Group] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Results", &results)
    }
}

extension DeleteGroupsResponse {
    public struct Group: WireStruct {
        public var groupID = ""
        public var error = KafkaErrorCode.none

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("GroupId", &groupID)
            try wire.field("ErrorCode", &error)
        }
    }
}
