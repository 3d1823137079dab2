public import MillraceCore

/// DeleteTopics, versions 1 to 6: quotas came with 5 (KIP-599), topic ids with 6 (KIP-516).
public struct DeleteTopicsRequest: WireRequest {
    public typealias Response = DeleteTopicsResponse

    public static let api = APIKey.deleteTopics
    public static let versions: ClosedRange<Int16> = 1...6
    public static let flexibleSince: Int16? = 4

    /// Since version 6.
    public var topics: [Topic] = []
    /// Up to version 5.
    public var topicNames: [String] = []
    public var timeoutMilliseconds: Int32 = 0

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 6 { try wire.array("Topics", &topics) }
        if wire.version <= 5 { try wire.array("TopicNames", &topicNames) }
        try wire.field("TimeoutMs", &timeoutMilliseconds)
    }
}

extension DeleteTopicsRequest {
    public struct Topic: WireStruct {
        /// Null where the id says which.
        public var name: String?
        public var topicID = WireUUID.zero

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("TopicId", &topicID)
        }
    }
}

/// An error for each topic.
public struct DeleteTopicsResponse: WireResponse {
    public static let api = APIKey.deleteTopics
    public static let versions: ClosedRange<Int16> = 1...6
    public static let flexibleSince: Int16? = 4

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Responses", &topics)
    }
}

extension DeleteTopicsResponse {
    public struct Topic: WireStruct {
        /// Null where an unknown id was asked for; since version 6.
        public var name: String? = ""
        public var topicID = WireUUID.zero
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name, nullableSince: 6)
            if wire.version >= 6 { try wire.field("TopicId", &topicID) }
            try wire.field("ErrorCode", &error)
            if wire.version >= 5 { try wire.field("ErrorMessage", &errorMessage) }
        }
    }
}
