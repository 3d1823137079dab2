public import MillraceCore

/// DescribeUserScramCredentials, version 0: which users have SCRAM credentials (KIP-554).
public struct DescribeUserSCRAMCredentialsRequest: WireRequest {
    public typealias Response = DescribeUserSCRAMCredentialsResponse

    public static let api = APIKey.describeUserSCRAMCredentials
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Null or empty: all.
    public var users: [User]? = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Users", &users)
    }
}

extension DescribeUserSCRAMCredentialsRequest {
    public struct User: WireStruct {
        public var name = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
        }
    }
}

/// Mechanism and iterations of each credential, never the secret.
public struct DescribeUserSCRAMCredentialsResponse: WireResponse {
    public static let api = APIKey.describeUserSCRAMCredentials
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var results: [User] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.array("Results", &results)
    }
}

extension DescribeUserSCRAMCredentialsResponse {
    public struct User: WireStruct {
        public var name = ""
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var credentials: [Credential] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("User", &name)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.array("CredentialInfos", &credentials)
        }
    }

    public struct Credential: WireStruct {
        /// 1: SCRAM-SHA-256; 2: SCRAM-SHA-512.
        public var mechanism: Int8 = 0
        public var iterations: Int32 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Mechanism", &mechanism)
            try wire.field("Iterations", &iterations)
        }
    }
}
