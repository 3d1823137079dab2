public import MillraceCore

/// SaslHandshake, versions 0 to 1: the client chooses how it authenticates. What follows version 0 are bare frames
/// of the mechanism, what follows 1 are SaslAuthenticate requests (KIP-152). Never flexible.
public struct SASLHandshakeRequest: WireRequest {
    public typealias Response = SASLHandshakeResponse

    public static let api = APIKey.saslHandshake
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = nil

    public var mechanism = ""

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("Mechanism", &mechanism)
    }
}

/// Whether the mechanism is enabled, and which ones are.
public struct SASLHandshakeResponse: WireResponse {
    public static let api = APIKey.saslHandshake
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = nil

    public var error = KafkaErrorCode.none
    public var mechanisms: [String] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ErrorCode", &error)
        try wire.array("Mechanisms", &mechanisms)
    }
}
