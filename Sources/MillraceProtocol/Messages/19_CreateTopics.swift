public import MillraceCore

/// CreateTopics, versions 2 to 7: new topics. Defaults of the broker, asked for with -1, came with 4 (KIP-464),
/// quotas with 6 (KIP-599).
public struct CreateTopicsRequest: WireRequest {
    public typealias Response = CreateTopicsResponse

    public static let api = APIKey.createTopics
    public static let versions: ClosedRange<Int16> = 2...7
    public static let flexibleSince: Int16? = 5

    public var topics: [Topic] = []
    public var timeoutMilliseconds: Int32 = 60_000
    /// Answer as if, but create nothing.
    public var validateOnly = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
        try wire.field("timeoutMs", &timeoutMilliseconds)
        try wire.field("validateOnly", &validateOnly)
    }
}

extension CreateTopicsRequest {
    public struct Topic: WireStruct {
        public var name = ""
        /// -1 for the default, or where replicas are assigned by hand.
        public var partitionCount: Int32 = 0
        /// -1 for the default, or where replicas are assigned by hand.
        public var replicationFactor: Int16 = 0
        public var assignments: [Assignment] = []
        public var configs: [Config] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("NumPartitions", &partitionCount)
            try wire.field("ReplicationFactor", &replicationFactor)
            try wire.array("Assignments", &assignments)
            try wire.array("Configs", &configs)
        }
    }

    public struct Assignment: WireStruct {
        public var partitionIndex: Int32 = 0
        public var brokerIDs: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.array("BrokerIds", &brokerIDs)
        }
    }

    public struct Config: WireStruct {
        public var name = ""
        public var value: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Value", &value)
        }
    }
}

/// An error for each topic. Its configs came with 5 (KIP-525), its id with 7 (KIP-516).
public struct CreateTopicsResponse: WireResponse {
    public static let api = APIKey.createTopics
    public static let versions: ClosedRange<Int16> = 2...7
    public static let flexibleSince: Int16? = 5

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension CreateTopicsResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var topicID = WireUUID.zero
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        /// Why there are no configs. Tagged, since version 5.
        public var topicConfigError = KafkaErrorCode.none
        public var partitionCount: Int32 = -1
        public var replicationFactor: Int16 = -1
        /// Null where the user may not see them.
        public var configs: [Config]? = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            if wire.version >= 7 { try wire.field("TopicId", &topicID) }
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            if wire.version >= 5 {
                try wire.field("NumPartitions", &partitionCount)
                try wire.field("ReplicationFactor", &replicationFactor)
                try wire.array("Configs", &configs)
            }
        }

        public func tagsToWrite(version: Int16) -> [UInt32] {
            topicConfigError != .none ? [0] : []
        }

        public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
            _ tag: UInt32, _ wire: inout Wire
        ) throws(WireError) -> Bool {
            switch tag {
            case 0: try wire.field("TopicConfigErrorCode", &topicConfigError)
            default: return false
            }
            return true
        }
    }

    public struct Config: WireStruct {
        public var name = ""
        public var value: String? = ""
        public var isReadOnly = false
        public var configSource: Int8 = -1
        public var isSensitive = false

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Value", &value)
            try wire.field("ReadOnly", &isReadOnly)
            try wire.field("ConfigSource", &configSource)
            try wire.field("IsSensitive", &isSensitive)
        }
    }
}
