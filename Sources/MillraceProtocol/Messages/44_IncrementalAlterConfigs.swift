public import MillraceCore

/// IncrementalAlterConfigs, versions 0 to 1: changes single configs of a resource (KIP-339).
public struct IncrementalAlterConfigsRequest: WireRequest {
    public typealias Response = IncrementalAlterConfigsResponse

    public static let api = APIKey.incrementalAlterConfigs
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 1

    public var resources: [Resource] = []
    public var validateOnly = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Resources", &resources)
        try wire.field("ValidateOnly", &validateOnly)
    }
}

extension IncrementalAlterConfigsRequest {
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
        /// 0: set; 1: delete; 2: append; 3: subtract.
        public var operation: Int8 = 0
        public var value: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("ConfigOperation", &operation)
            try wire.field("Value", &value)
        }
    }
}

/// An error for each resource.
public struct IncrementalAlterConfigsResponse: WireResponse {
    public static let api = APIKey.incrementalAlterConfigs
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 1

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var resources: [Resource] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Responses", &resources)
    }
}

extension IncrementalAlterConfigsResponse {
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
