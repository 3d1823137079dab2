public import MillraceCore

/// ListPartitionReassignments, version 0: moves that are under way (KIP-455).
public struct ListPartitionReassignmentsRequest: WireRequest {
    public typealias Response = ListPartitionReassignmentsResponse

    public static let api = APIKey.listPartitionReassignments
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    public var timeoutMilliseconds: Int32 = 60_000
    /// Null: all.
    public var topics: [Topic]?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TimeoutMs", &timeoutMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension ListPartitionReassignmentsRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.array("PartitionIndexes", &partitionIndexes)
        }
    }
}

/// The partitions that are being moved.
public struct ListPartitionReassignmentsResponse: WireResponse {
    public static let api = APIKey.listPartitionReassignments
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.array("Topics", &topics)
    }
}

extension ListPartitionReassignmentsResponse {
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
        public var replicas: [Int32] = []
        public var addingReplicas: [Int32] = []
        public var removingReplicas: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.array("Replicas", &replicas)
            try wire.array("AddingReplicas", &addingReplicas)
            try wire.array("RemovingReplicas", &removingReplicas)
        }
    }
}
