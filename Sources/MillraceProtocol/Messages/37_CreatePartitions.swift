public import MillraceCore

/// CreatePartitions, versions 0 to 3: topics grow (KIP-195). Quotas came with 3 (KIP-599).
public struct CreatePartitionsRequest: WireRequest {
    public typealias Response = CreatePartitionsResponse

    public static let api = APIKey.createPartitions
    public static let versions: ClosedRange<Int16> = 0...3
    public static let flexibleSince: Int16? = 2

    public var topics: [Topic] = []
    public var timeoutMilliseconds: Int32 = 0
    public var validateOnly = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
        try wire.field("TimeoutMs", &timeoutMilliseconds)
        try wire.field("ValidateOnly", &validateOnly)
    }
}

extension CreatePartitionsRequest {
    public struct Topic: WireStruct {
        public var name = ""
        /// How many the topic is to have.
        public var count: Int32 = 0
        /// Null: the broker decides.
        public var assignments: [Assignment]? = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Count", &count)
            try wire.array("Assignments", &assignments)
        }
    }

    public struct Assignment: WireStruct {
        public var brokerIDs: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.array("BrokerIds", &brokerIDs)
        }
    }
}

/// An error for each topic.
public struct CreatePartitionsResponse: WireResponse {
    public static let api = APIKey.createPartitions
    public static let versions: ClosedRange<Int16> = 0...3
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var results: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Results", &results)
    }
}

extension CreatePartitionsResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
