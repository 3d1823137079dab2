public import MillraceCore

/// ListOffsets, versions 1 to 11: the first offset at or after a timestamp, or one of the special ones. The
/// isolation level came with 2 (KIP-98), leader epochs with 4 (KIP-320), timestamp -3 for the largest timestamp
/// with 7 (KIP-734), -4 for the first offset on local disk with 8 (KIP-405), -5 for the last in tiered storage with
/// 9 (KIP-1005), the time-out with 10 (KIP-1075), -6 with 11 (KIP-1023).
public struct ListOffsetsRequest: WireRequest {
    public typealias Response = ListOffsetsResponse

    public static let api = APIKey.listOffsets
    public static let versions: ClosedRange<Int16> = 1...11
    public static let flexibleSince: Int16? = 6

    /// -1 for clients.
    public var replicaID: Int32 = 0
    /// 1: the end is where the first open transaction begins.
    public var isolationLevel: Int8 = 0
    public var topics: [Topic] = []
    /// How long to wait for tiered storage. Since version 10.
    public var timeoutMilliseconds: Int32 = 0

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ReplicaId", &replicaID)
        if wire.version >= 2 { try wire.field("IsolationLevel", &isolationLevel) }
        try wire.array("Topics", &topics)
        if wire.version >= 10 { try wire.field("TimeoutMs", &timeoutMilliseconds) }
    }
}

extension ListOffsetsRequest {
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
        /// The newest epoch that the client knows; -1 where it knows none.
        public var currentLeaderEpoch: Int32 = -1
        /// Milliseconds, or -1 for the end, -2 for the start.
        public var timestamp: Int64 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            if wire.version >= 4 { try wire.field("CurrentLeaderEpoch", &currentLeaderEpoch) }
            try wire.field("Timestamp", &timestamp)
        }
    }
}

/// One offset for each partition; -1 where no record is that late.
public struct ListOffsetsResponse: WireResponse {
    public static let api = APIKey.listOffsets
    public static let versions: ClosedRange<Int16> = 1...11
    public static let flexibleSince: Int16? = 6

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 2 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.array("Topics", &topics)
    }
}

extension ListOffsetsResponse {
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
        public var timestamp: Int64 = -1
        public var offset: Int64 = -1
        public var leaderEpoch: Int32 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
            try wire.field("Timestamp", &timestamp)
            try wire.field("Offset", &offset)
            if wire.version >= 4 { try wire.field("LeaderEpoch", &leaderEpoch) }
        }
    }
}
