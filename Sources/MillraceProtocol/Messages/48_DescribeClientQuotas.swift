public import MillraceCore

/// DescribeClientQuotas, versions 0 to 1: quotas that match a filter (KIP-546).
public struct DescribeClientQuotasRequest: WireRequest {
    public typealias Response = DescribeClientQuotasResponse

    public static let api = APIKey.describeClientQuotas
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 1

    public var components: [Component] = []
    /// Only entities that have no other parts.
    public var isStrict = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Components", &components)
        try wire.field("Strict", &isStrict)
    }
}

extension DescribeClientQuotasRequest {
    public struct Component: WireStruct {
        public var entityType = ""
        /// 0: this name; 1: the default; 2: any name.
        public var matchType: Int8 = 0
        public var match: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("EntityType", &entityType)
            try wire.field("MatchType", &matchType)
            try wire.field("Match", &match)
        }
    }
}

/// The quotas, by user, client id or address.
public struct DescribeClientQuotasResponse: WireResponse {
    public static let api = APIKey.describeClientQuotas
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 1

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var entries: [Entry]? = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.array("Entries", &entries)
    }
}

extension DescribeClientQuotasResponse {
    public struct Entry: WireStruct {
        public var entity: [EntityPart] = []
        public var values: [Value] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.array("Entity", &entity)
            try wire.array("Values", &values)
        }
    }

    public struct EntityPart: WireStruct {
        public var entityType = ""
        public var entityName: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("EntityType", &entityType)
            try wire.field("EntityName", &entityName)
        }
    }

    public struct Value: WireStruct {
        public var key = ""
        public var value: Double = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Key", &key)
            try wire.field("Value", &value)
        }
    }
}
