public import MillraceCore

/// AlterConfigs, versions 0 to 2: replaces all configs of a resource (KIP-133). IncrementalAlterConfigs took its
/// place.
public struct AlterConfigsRequest: WireRequest {
    public typealias Response = AlterConfigsResponse

    public static let api = APIKey.alterConfigs
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    public var resources: [Resource] = []
    public var validateOnly = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Resources", &resources)
        try wire.field("ValidateOnly", &validateOnly)
    }
}

extension AlterConfigsRequest {
    public struct Resource: WireStruct {
        public var resourceType: Int8 = 0
        public var resourceName = ""
        public var configs: [Config] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
            try wire.array("Configs", &configs)
        }
    }

    public struct Config: WireStruct {
        public var name = ""
        public var value: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Value", &value)
        }
    }
}

/// An error for each resource.
public struct AlterConfigsResponse: WireResponse {
    public static let api = APIKey.alterConfigs
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var resources: [Resource] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Responses", &resources)
    }
}

extension AlterConfigsResponse {
    public struct Resource: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var resourceType: Int8 = 0
        public var resourceName = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
        }
    }
}
