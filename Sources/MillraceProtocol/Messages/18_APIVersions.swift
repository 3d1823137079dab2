public import MillraceCore

/// ApiVersions, versions 0 to 4: the first request of most connections: what does the broker speak (KIP-35)? The
/// client's name and version came with 3 (KIP-511). The header of the response is always version 0.
public struct APIVersionsRequest: WireRequest {
    public typealias Response = APIVersionsResponse

    public static let api = APIKey.apiVersions
    public static let versions: ClosedRange<Int16> = 0...4
    public static let flexibleSince: Int16? = 3

    public var clientSoftwareName = ""
    public var clientSoftwareVersion = ""

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 3 {
            try wire.field("ClientSoftwareName", &clientSoftwareName)
            try wire.field("ClientSoftwareVersion", &clientSoftwareVersion)
        }
    }
}

/// The versions of each API. An unknown version of the request is answered with version 0, UNSUPPORTED_VERSION and
/// the list. Features of the cluster came with 3 (KIP-584); since 4 those that begin at version 0 may be named.
public struct APIVersionsResponse: WireResponse {
    public static let api = APIKey.apiVersions
    public static let versions: ClosedRange<Int16> = 0...4
    public static let flexibleSince: Int16? = 3

    public var error = KafkaErrorCode.none
    public var apiKeys: [VersionRange] = []
    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    /// What the broker could do. Tagged, since version 3.
    public var supportedFeatures: [SupportedFeature] = []
    /// Grows with each change of the finalized features; -1 where it is not known. Tagged.
    public var finalizedFeaturesEpoch: Int64 = -1
    /// What the cluster has agreed on. Tagged.
    public var finalizedFeatures: [FinalizedFeature] = []
    /// Tagged; a thing of the past.
    public var isZooKeeperMigrationReady = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ErrorCode", &error)
        try wire.array("ApiKeys", &apiKeys)
        if wire.version >= 1 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
    }

    public func tagsToWrite(version: Int16) -> [UInt32] {
        var tags: [UInt32] = []
        if !supportedFeatures.isEmpty { tags.append(0) }
        if finalizedFeaturesEpoch != -1 { tags.append(1) }
        if !finalizedFeatures.isEmpty { tags.append(2) }
        if isZooKeeperMigrationReady { tags.append(3) }
        return tags
    }

    public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
        _ tag: UInt32, _ wire: inout Wire
    ) throws(WireError) -> Bool {
        switch tag {
        case 0: try wire.array("SupportedFeatures", &supportedFeatures)
        case 1: try wire.field("FinalizedFeaturesEpoch", &finalizedFeaturesEpoch)
        case 2: try wire.array("FinalizedFeatures", &finalizedFeatures)
        case 3: try wire.field("ZkMigrationReady", &isZooKeeperMigrationReady)
        default: return false
        }
        return true
    }
}

extension APIVersionsResponse {
    public struct VersionRange: WireStruct {
        public var apiKey: Int16 = 0
        public var minVersion: Int16 = 0
        public var maxVersion: Int16 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ApiKey", &apiKey)
            try wire.field("MinVersion", &minVersion)
            try wire.field("MaxVersion", &maxVersion)
        }
    }

    public struct SupportedFeature: WireStruct {
        public var name = ""
        public var minVersion: Int16 = 0
        public var maxVersion: Int16 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("MinVersion", &minVersion)
            try wire.field("MaxVersion", &maxVersion)
        }
    }

    public struct FinalizedFeature: WireStruct {
        public var name = ""
        public var maxVersionLevel: Int16 = 0
        public var minVersionLevel: Int16 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("MaxVersionLevel", &maxVersionLevel)
            try wire.field("MinVersionLevel", &minVersionLevel)
        }
    }
}
