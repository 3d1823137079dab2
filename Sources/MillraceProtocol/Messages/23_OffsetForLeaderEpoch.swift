public import MillraceCore

/// OffsetForLeaderEpoch, versions 2 to 4: where an epoch of a leader ended, so that a reader sees whether the log
/// was cut back (KIP-101, KIP-320).
public struct OffsetForLeaderEpochRequest: WireRequest {
    public typealias Response = OffsetForLeaderEpochResponse

    public static let api = APIKey.offsetForLeaderEpoch
    public static let versions: ClosedRange<Int16> = 2...4
    public static let flexibleSince: Int16? = 4

    /// -1 for consumers; -2 in tools. Since version 3.
    public var replicaID: Int32 = -2
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 3 { try wire.field("ReplicaId", &replicaID) }
        try wire.array("Topics", &topics)
    }
}

extension OffsetForLeaderEpochRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Topic", &name)
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        /// The newest epoch that the client knows; -1 where it knows none.
        public var currentLeaderEpoch: Int32 = -1
        /// The epoch whose end is asked for.
        public var leaderEpoch: Int32 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Partition", &partitionIndex)
            try wire.field("CurrentLeaderEpoch", &currentLeaderEpoch)
            try wire.field("LeaderEpoch", &leaderEpoch)
        }
    }
}

/// The end of the largest epoch that is not larger than the one asked for.
public struct OffsetForLeaderEpochResponse: WireResponse {
    public static let api = APIKey.offsetForLeaderEpoch
    public static let versions: ClosedRange<Int16> = 2...4
    public static let flexibleSince: Int16? = 4

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension OffsetForLeaderEpochResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Topic", &name)
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var error = KafkaErrorCode.none
        public var partitionIndex: Int32 = 0
        public var leaderEpoch: Int32 = -1
        /// The offset behind the last record of the epoch.
        public var endOffset: Int64 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("Partition", &partitionIndex)
            try wire.field("LeaderEpoch", &leaderEpoch)
            try wire.field("EndOffset", &endOffset)
        }
    }
}
