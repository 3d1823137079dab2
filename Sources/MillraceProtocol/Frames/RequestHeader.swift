/// What stands before the body of every request (Kafka's protocol guide, "Headers"): version 1, or 2 where the body is
/// flexible.
///
///     i16 api key · i16 api version · i32 correlation id · nullable string client id (never compact) · [tags]
public struct RequestHeader: WireStruct {
    /// The number of the API; not all have a name here.
    public var apiKey: Int16 = 0
    public var apiVersion: Int16 = 0
    /// Comes back with the answer.
    public var correlationID: Int32 = 0
    /// What the client calls itself.
    public var clientID: String?

    public init() {}

    /// A header for a request of this type.
    public init<Request: WireRequest>(
        _ type: Request.Type, version: Int16, correlationID: Int32, clientID: String?
    ) {
        apiKey = Request.api.rawValue
        apiVersion = version
        self.correlationID = correlationID
        self.clientID = clientID
    }

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("RequestApiKey", &apiKey)
        try wire.field("RequestApiVersion", &apiVersion)
        try wire.field("CorrelationId", &correlationID)
        try wire.classicNullableString("ClientId", &clientID)
    }
}

/// What stands before the body of every response: version 0, or 1 where the body is flexible, except for ApiVersions,
/// whose header is always version 0 (KIP-511).
///
///     i32 correlation id · [tags]
public struct ResponseHeader: WireStruct {
    public var correlationID: Int32 = 0

    public init() {}
    public init(correlationID: Int32) { self.correlationID = correlationID }

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("CorrelationId", &correlationID)
    }

    /// Whether the header before this response has tagged fields.
    public static func isFlexible<Response: WireResponse>(_ type: Response.Type, version: Int16) -> Bool {
        Response.api != .apiVersions && Response.isFlexible(version)
    }
}
