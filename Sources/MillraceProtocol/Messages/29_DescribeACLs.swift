public import MillraceCore

/// DescribeAcls, versions 1 to 3: access rules that match a filter (KIP-140). Patterns came with 1 (KIP-290), user
/// resources with 3 (KIP-373).
public struct DescribeACLsRequest: WireRequest {
    public typealias Response = DescribeACLsResponse

    public static let api = APIKey.describeACLs
    public static let versions: ClosedRange<Int16> = 1...3
    public static let flexibleSince: Int16? = 2

    public var resourceTypeFilter: Int8 = 0
    public var resourceNameFilter: String?
    public var patternTypeFilter: Int8 = 3
    public var principalFilter: String?
    public var hostFilter: String?
    public var operation: Int8 = 0
    public var permissionType: Int8 = 0

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ResourceTypeFilter", &resourceTypeFilter)
        try wire.field("ResourceNameFilter", &resourceNameFilter)
        try wire.field("PatternTypeFilter", &patternTypeFilter)
        try wire.field("PrincipalFilter", &principalFilter)
        try wire.field("HostFilter", &hostFilter)
        try wire.field("Operation", &operation)
        try wire.field("PermissionType", &permissionType)
    }
}

/// The rules, by resource.
public struct DescribeACLsResponse: WireResponse {
    public static let api = APIKey.describeACLs
    public static let versions: ClosedRange<Int16> = 1...3
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var resources: [Resource] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.array("Resources", &resources)
    }
}

extension DescribeACLsResponse {
    public struct Resource: WireStruct {
        public var resourceType: Int8 = 0
        public var resourceName = ""
        public var patternType: Int8 = 3
        public var acls: [ACL] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
            try wire.field("PatternType", &patternType)
            try wire.array("Acls", &acls)
        }
    }

    public struct ACL: WireStruct {
        public var principal = ""
        public var host = ""
        public var operation: Int8 = 0
        public var permissionType: Int8 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Principal", &principal)
            try wire.field("Host", &host)
            try wire.field("Operation", &operation)
            try wire.field("PermissionType", &permissionType)
        }
    }
}
