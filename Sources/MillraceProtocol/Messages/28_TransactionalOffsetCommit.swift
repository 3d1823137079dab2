public import MillraceCore

/// TxnOffsetCommit, versions 0 to 5: offsets of a group, within a transaction (KIP-98). Leader epochs came with 2
/// (KIP-320), the member that commits, so that zombies are fenced, with 3 (KIP-447), TRANSACTION_ABORTABLE with 4
/// and offsets that join the transaction by being committed with 5 (both KIP-890).
public struct TransactionalOffsetCommitRequest: WireRequest {
    public typealias Response = TransactionalOffsetCommitResponse

    public static let api = APIKey.transactionalOffsetCommit
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    public var transactionalID = ""
    public var groupID = ""
    public var producerID: Int64 = 0
    public var producerEpoch: Int16 = 0
    /// -1 where no member commits.
    public var generationID: Int32 = -1
    public var memberID = ""
    /// Of a static member; nil for others.
    public var groupInstanceID: String?
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TransactionalId", &transactionalID)
        try wire.field("GroupId", &groupID)
        try wire.field("ProducerId", &producerID)
        try wire.field("ProducerEpoch", &producerEpoch)
        if wire.version >= 3 {
            try wire.field("GenerationId", &generationID)
            try wire.field("MemberId", &memberID)
            try wire.field("GroupInstanceId", &groupInstanceID)
        }
        try wire.array("Topics", &topics)
    }
}

extension TransactionalOffsetCommitRequest {
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
        public var committedOffset: Int64 = 0
        public var committedLeaderEpoch: Int32 = -1
        public var committedMetadata: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("CommittedOffset", &committedOffset)
            if wire.version >= 2 { try wire.field("CommittedLeaderEpoch", &committedLeaderEpoch) }
            try wire.field("CommittedMetadata", &committedMetadata)
        }
    }
}

/// An error for each partition.
public struct TransactionalOffsetCommitResponse: WireResponse {
    public static let api = APIKey.transactionalOffsetCommit
    public static let versions: ClosedRange<Int16> = 0...5
    public static let flexibleSince: Int16? = 3

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension TransactionalOffsetCommitResponse {
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

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
        }
    }
}
