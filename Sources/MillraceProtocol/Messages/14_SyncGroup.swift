public import MillraceCore

/// SyncGroup, versions 0 to 5: the leader hands in the assignments, the others ask for theirs. Static members came
/// with 3 (KIP-345), the protocol, to be checked, with 5 (KIP-559).
public struct SyncGroupRequest: WireRequest {
    public typealias Response = SyncGroupResponse

    public static let api = APIKey.syncGroup
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 4

    public var groupID = ""
    public var generationID: Int32 = 0
    public var memberID = ""
    /// Of a static member; nil for others.
    public var groupInstanceID: String?
    public var protocolType: String?
    public var protocolName: String?
    /// Empty unless the leader asks.
    public var assignments: [Assignment] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        try wire.field("GenerationId", &generationID)
        try wire.field("MemberId", &memberID)
        if wire.version >= 3 { try wire.field("GroupInstanceId", &groupInstanceID) }
        if wire.version >= 5 {
            try wire.field("ProtocolType", &protocolType)
            try wire.field("ProtocolName", &protocolName)
        }
        try wire.array("Assignments", &assignments)
    }
}

extension SyncGroupRequest {
    public struct Assignment: WireStruct {
        public var memberID = ""
        public var assignment: [UInt8] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("MemberId", &memberID)
            try wire.field("Assignment", &assignment)
        }
    }
}

/// The assignment of the member who asked.
public struct SyncGroupResponse: WireResponse {
    public static let api = APIKey.syncGroup
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 4

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var protocolType: String?
    public var protocolName: String?
    public var assignment: [UInt8] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.field("ErrorCode", &error)
        if wire.version >= 5 {
            try wire.field("ProtocolType", &protocolType)
            try wire.field("ProtocolName", &protocolName)
        }
        try wire.field("Assignment", &assignment)
    }
}
