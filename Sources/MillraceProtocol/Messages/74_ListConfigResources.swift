public import MillraceCore

/// ListConfigResources, versions 0 to 1: resources that have configs. Version 0 lists client metrics (KIP-714), 1
/// any kind (KIP-1142).
public struct ListConfigResourcesRequest: WireRequest {
    public typealias Response = ListConfigResourcesResponse

    public static let api = APIKey.listConfigResources
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    /// Empty: all. Since version 1.
    public var resourceTypes: [Int8] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.array("ResourceTypes", &resourceTypes) }
    }
}

/// Name and kind of each.
public struct ListConfigResourcesResponse: WireResponse {
    public static let api = APIKey.listConfigResources
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var configResources: [ConfigResource] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.array("ConfigResources", &configResources)
    }
}

extension ListConfigResourcesResponse {
    public struct ConfigResource: WireStruct {
        public var resourceName = ""
        public var resourceType: Int8 = 16

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ResourceName", &resourceName)
            if wire.version >= 1 { try wire.field("ResourceType", &resourceType) }
        }
    }
}
