public import MillraceCore

/// SaslAuthenticate, versions 0 to 2: one step of a SASL exchange (KIP-152).
public struct SASLAuthenticateRequest: WireRequest {
    public typealias Response = SASLAuthenticateResponse

    public static let api = APIKey.saslAuthenticate
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    public var authenticationBytes: [UInt8] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("AuthBytes", &authenticationBytes)
    }
}

/// The server's part of the step. How long the session lasts came with 1 (KIP-368).
public struct SASLAuthenticateResponse: WireResponse {
    public static let api = APIKey.saslAuthenticate
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var authenticationBytes: [UInt8] = []
    /// 0: no end.
    public var sessionLifetimeMilliseconds: Int64 = 0

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.field("AuthBytes", &authenticationBytes)
        if wire.version >= 1 { try wire.field("SessionLifetimeMs", &sessionLifetimeMilliseconds) }
    }
}
