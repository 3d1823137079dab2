public import MillraceCore

/// DeleteAcls, versions 1 to 3: deletes the access rules that match filters (KIP-140). Patterns came with 1
/// (KIP-290), user resources with 3 (KIP-373).
public struct DeleteACLsRequest: WireRequest {
    public typealias Response = DeleteACLsResponse

    public static let api = APIKey.deleteACLs
    public static let versions: ClosedRange<Int16> = 1...3
    public static let flexibleSince: Int16? = 2

    public var filters: [Filter] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Filters", &filters)
    }
}

extension DeleteACLsRequest {
    public struct Filter: WireStruct {
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
}

/// What each filter deleted.
public struct DeleteACLsResponse: WireResponse {
    public static let api = APIKey.deleteACLs
    public static let versions: ClosedRange<Int16> = 1...3
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var filterResults: [FilterResult] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("FilterResults", &filterResults)
    }
}

extension DeleteACLsResponse {
    public struct FilterResult: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var matchingACLs: [MatchingACL] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.array("MatchingAcls", &matchingACLs)
        }
    }

    public struct MatchingACL: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var resourceType: Int8 = 0
        public var resourceName = ""
        public var patternType: Int8 = 3
        public var principal = ""
        public var host = ""
        public var operation: Int8 = 0
        public var permissionType: Int8 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
            try wire.field("PatternType", &patternType)
            try wire.field("Principal", &principal)
            try wire.field("Host", &host)
            try wire.field("Operation", &operation)
            try wire.field("PermissionType", &permissionType)
        }
    }
}
