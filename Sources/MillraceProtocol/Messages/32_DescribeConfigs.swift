public import MillraceCore

/// DescribeConfigs, versions 1 to 4: configs of topics, brokers and groups (KIP-133). Synonyms came with 1
/// (KIP-226), documentation with 3 (KIP-569).
public struct DescribeConfigsRequest: WireRequest {
    public typealias Response = DescribeConfigsResponse

    public static let api = APIKey.describeConfigs
    public static let versions: ClosedRange<Int16> = 1...4
    public static let flexibleSince: Int16? = 4

    public var resources: [Resource] = []
    public var includeSynonyms = false
    public var includeDocumentation = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Resources", &resources)
        try wire.field("IncludeSynonyms", &includeSynonyms)
        if wire.version >= 3 { try wire.field("IncludeDocumentation", &includeDocumentation) }
    }
}

extension DescribeConfigsRequest {
    public struct Resource: WireStruct {
        /// 2: topic; 4: broker; 8: broker logger; 16: client metrics; 32: group.
        public var resourceType: Int8 = 0
        public var resourceName = ""
        /// Null: all.
        public var configurationKeys: [String]? = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
            try wire.array("ConfigurationKeys", &configurationKeys)
        }
    }
}

/// Each config with its value and where it comes from.
public struct DescribeConfigsResponse: WireResponse {
    public static let api = APIKey.describeConfigs
    public static let versions: ClosedRange<Int16> = 1...4
    public static let flexibleSince: Int16? = 4

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var results: [Resource] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Results", &results)
    }
}

extension DescribeConfigsResponse {
    public struct Resource: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var resourceType: Int8 = 0
        public var resourceName = ""
        public var configs: [Config] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.field("ResourceType", &resourceType)
            try wire.field("ResourceName", &resourceName)
            try wire.array("Configs", &configs)
        }
    }

    public struct Config: WireStruct {
        public var name = ""
        public var value: String? = ""
        public var isReadOnly = false
        /// 1: topic; 2: broker; 4: static file; 5: default.
        public var configSource: Int8 = -1
        public var isSensitive = false
        /// Where else the value could come from, in order of precedence.
        public var synonyms: [Synonym] = []
        /// 1: boolean; 2: string; 3: int; 4: short; 5: long; 6: double; 7: list; 8: class; 9: password.
        public var configType: Int8 = 0
        public var documentation: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Value", &value)
            try wire.field("ReadOnly", &isReadOnly)
            try wire.field("ConfigSource", &configSource)
            try wire.field("IsSensitive", &isSensitive)
            try wire.array("Synonyms", &synonyms)
            if wire.version >= 3 {
                try wire.field("ConfigType", &configType)
                try wire.field("Documentation", &documentation)
            }
        }
    }

    public struct Synonym: WireStruct {
        public var name = ""
        public var value: String? = ""
        public var source: Int8 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Value", &value)
            try wire.field("Source", &source)
        }
    }
}
