public import MillraceCore

/// Heartbeat, versions 0 to 4: a member of a group is alive (Kafka's protocol guide, KIP-345 since 3).
public struct HeartbeatRequest: WireRequest {
    public typealias Response = HeartbeatResponse

    public static let api = APIKey.heartbeat
    public static let versions: ClosedRange<Int16> = 0...4
    public static let flexibleSince: Int16? = 4

    public var groupID = ""
    public var generationID: Int32 = 0
    public var memberID = ""
    /// Of a static member; nil for others. Since version 3.
    public var groupInstanceID: String?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        try wire.field("GenerationId", &generationID)
        try wire.field("MemberId", &memberID)
        if wire.version >= 3 { try wire.field("GroupInstanceId", &groupInstanceID) }
    }
}

public struct HeartbeatResponse: WireResponse {
    public static let api = APIKey.heartbeat
    public static let versions: ClosedRange<Int16> = 0...4
    public static let flexibleSince: Int16? = 4

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.field("ErrorCode", &error)
    }
}
