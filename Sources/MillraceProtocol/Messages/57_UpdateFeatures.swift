public import MillraceCore

/// UpdateFeatures, versions 0 to 2: raises or lowers features of the cluster (KIP-584). Trying it without effect
/// came with 1 (KIP-778).
public struct UpdateFeaturesRequest: WireRequest {
    public typealias Response = UpdateFeaturesResponse

    public static let api = APIKey.updateFeatures
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    public var timeoutMilliseconds: Int32 = 60_000
    public var updates: [Update] = []
    public var validateOnly = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("timeoutMs", &timeoutMilliseconds)
        try wire.array("FeatureUpdates", &updates)
        if wire.version >= 1 { try wire.field("ValidateOnly", &validateOnly) }
    }
}

extension UpdateFeaturesRequest {
    public struct Update: WireStruct {
        public var feature = ""
        public var maxVersionLevel: Int16 = 0
        /// Version 0.
        public var allowDowngrade = false
        /// 1: raise; 2: lower if nothing is lost; 3: lower in any case.
        public var upgradeType: Int8 = 1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Feature", &feature)
            try wire.field("MaxVersionLevel", &maxVersionLevel)
            if wire.version == 0 { try wire.field("AllowDowngrade", &allowDowngrade) }
            if wire.version >= 1 { try wire.field("UpgradeType", &upgradeType) }
        }
    }
}

/// An error for each feature up to version 1, one for all since 2 (KIP-1022).
public struct UpdateFeaturesResponse: WireResponse {
    public static let api = APIKey.updateFeatures
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var results: [Feature] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        if wire.version <= 1 { try wire.array("Results", &results) }
    }
}

extension UpdateFeaturesResponse {
    public struct Feature: WireStruct {
        public var feature = ""
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Feature", &feature)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
