public import MillraceCore

/// CreateAcls, versions 1 to 3: new access rules (KIP-140). Patterns came with 1 (KIP-290), user resources with 3
/// (KIP-373).
public struct CreateACLsRequest: WireRequest {
    public typealias Response = CreateACLsResponse

    public static let api = APIKey.createACLs
    public static let versions: ClosedRange<Int16> = 1...3
    public static let flexibleSince: Int16? = 2

    public var creations: [Creation] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Creations", &creations)
    }
}

extension CreateACLsRequest {
    public struct Creation: WireStruct {
        public var resourceType: Int8 = 0
        public var resourceName = ""
        public var resourcePatternType: Int8 = 3
        public var principal = ""
        public var host = ""
        public var operation: Int8 = 0
        public var permissionType: Int8 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
            try wire.field("ResourcePatternType", &resourcePatternType)
            try wire.field("Principal", &principal)
            try wire.field("Host", &host)
            try wire.field("Operation", &operation)
            try wire.field("PermissionType", &permissionType)
        }
    }
}

/// An error for each rule, in the order of the request.
public struct CreateACLsResponse: WireResponse {
    public static let api = APIKey.createACLs
    public static let versions: ClosedRange<Int16> = 1...3
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var results: [CreationResult] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Results", &results)
    }
}

extension CreateACLsResponse {
    public struct CreationResult: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
