public import MillraceCore

/// FindCoordinator, versions 0 to 6: which broker coordinates a group or a transactional id. Key types came with 1
/// (KIP-98), several keys in one request with 4 (KIP-699), TRANSACTION_ABORTABLE with 5 (KIP-890), share groups
/// with 6 (KIP-932).
public struct FindCoordinatorRequest: WireRequest {
    public typealias Response = FindCoordinatorResponse

    public static let api = APIKey.findCoordinator
    public static let versions: ClosedRange<Int16> = 0...6
    public static let flexibleSince: Int16? = 3

    /// Up to version 3.
    public var key = ""
    /// 0: groups; 1: transactional ids; 2: share groups.
    public var keyType: Int8 = 0
    /// Since version 4.
    public var coordinatorKeys: [String] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version <= 3 { try wire.field("Key", &key) }
        if wire.version >= 1 { try wire.field("KeyType", &keyType) }
        if wire.version >= 4 { try wire.array("CoordinatorKeys", &coordinatorKeys) }
    }
}

/// The coordinators: one in the response itself up to version 3, a list since 4.
public struct FindCoordinatorResponse: WireResponse {
    public static let api = APIKey.findCoordinator
    public static let versions: ClosedRange<Int16> = 0...6
    public static let flexibleSince: Int16? = 3

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    /// Up to version 3, as the fields that follow.
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var nodeID: Int32 = 0
    public var host = ""
    public var port: Int32 = 0
    /// Since version 4.
    public var coordinators: [Coordinator] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        if wire.version <= 3 { try wire.field("ErrorCode", &error) }
        if (1...3).contains(wire.version) { try wire.field("ErrorMessage", &errorMessage) }
        if wire.version <= 3 {
            try wire.field("NodeId", &nodeID)
            try wire.field("Host", &host)
            try wire.field("Port", &port)
        }
        if wire.version >= 4 { try wire.array("Coordinators", &coordinators) }
    }
}

extension FindCoordinatorResponse {
    public struct Coordinator: WireStruct {
        public var key = ""
        public var nodeID: Int32 = 0
        public var host = ""
        public var port: Int32 = 0
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Key", &key)
            try wire.field("NodeId", &nodeID)
            try wire.field("Host", &host)
            try wire.field("Port", &port)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
