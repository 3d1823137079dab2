public import MillraceCore

/// AlterUserScramCredentials, version 0: sets or deletes SCRAM credentials (KIP-554).
public struct AlterUserSCRAMCredentialsRequest: WireRequest {
    public typealias Response = AlterUserSCRAMCredentialsResponse

    public static let api = APIKey.alterUserSCRAMCredentials
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    public var deletions: [Deletion] = []
    public var upsertions: [Upsertion] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Deletions", &deletions)
        try wire.array("Upsertions", &upsertions)
    }
}

extension AlterUserSCRAMCredentialsRequest {
    public struct Deletion: WireStruct {
        public var name = ""
        /// 1: SCRAM-SHA-256; 2: SCRAM-SHA-512.
        public var mechanism: Int8 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Mechanism", &mechanism)
        }
    }

    public struct Upsertion: WireStruct {
        public var name = ""
        /// 1: SCRAM-SHA-256; 2: SCRAM-SHA-512.
        public var mechanism: Int8 = 0
        public var iterations: Int32 = 0
        public var salt: [UInt8] = []
        public var saltedPassword: [UInt8] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Mechanism", &mechanism)
            try wire.field("Iterations", &iterations)
            try wire.field("Salt", &salt)
            try wire.field("SaltedPassword", &saltedPassword)
        }
    }
}

/// An error for each user.
public struct AlterUserSCRAMCredentialsResponse: WireResponse {
    public static let api = APIKey.alterUserSCRAMCredentials
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var results: [User] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Results", &results)
    }
}

extension AlterUserSCRAMCredentialsResponse {
    public struct User: WireStruct {
        public var name = ""
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("User", &name)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
