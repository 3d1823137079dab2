public import MillraceCore

/// ElectLeaders, versions 0 to 2: has leaders elected (KIP-183). Unclean elections came with 1 (KIP-460).
public struct ElectLeadersRequest: WireRequest {
    public typealias Response = ElectLeadersResponse

    public static let api = APIKey.electLeaders
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    /// 0: the preferred replica; 1: any, even if records are lost.
    public var electionType: Int8 = 0
    /// Null: all.
    public var topics: [Topic]? = []
    public var timeoutMilliseconds: Int32 = 60_000

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 1 { try wire.field("ElectionType", &electionType) }
        try wire.array("TopicPartitions", &topics)
        try wire.field("TimeoutMs", &timeoutMilliseconds)
    }
}

extension ElectLeadersRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Topic", &name)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}

/// An error for each partition.
public struct ElectLeadersResponse: WireResponse {
    public static let api = APIKey.electLeaders
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        if wire.version >= 1 { try wire.field("ErrorCode", &error) }
        try wire.array("ReplicaElectionResults", &topics)
    }
}

extension ElectLeadersResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Topic", &name)
            try wire.array("PartitionResult", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionId", &partitionIndex)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
