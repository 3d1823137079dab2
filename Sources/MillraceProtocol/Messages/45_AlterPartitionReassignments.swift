public import MillraceCore

/// AlterPartitionReassignments, versions 0 to 1: moves partitions between brokers, or calls a move off (KIP-455).
public struct AlterPartitionReassignmentsRequest: WireRequest {
    public typealias Response = AlterPartitionReassignmentsResponse

    public static let api = APIKey.alterPartitionReassignments
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    public var timeoutMilliseconds: Int32 = 60_000
    public var allowReplicationFactorChange = true
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TimeoutMs", &timeoutMilliseconds)
        if wire.version >= 1 { try wire.field("AllowReplicationFactorChange", &allowReplicationFactorChange) }
        try wire.array("Topics", &topics)
    }
}

extension AlterPartitionReassignmentsRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        /// Null: call the move off.
        public var replicas: [Int32]?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.array("Replicas", &replicas)
        }
    }
}

/// An error for each partition.
public struct AlterPartitionReassignmentsResponse: WireResponse {
    public static let api = APIKey.alterPartitionReassignments
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var allowReplicationFactorChange = true
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        if wire.version >= 1 { try wire.field("AllowReplicationFactorChange", &allowReplicationFactorChange) }
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.array("Responses", &topics)
    }
}

extension AlterPartitionReassignmentsResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        public var error = KafkaErrorCode.none
        public var errorMessage: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
        }
    }
}
