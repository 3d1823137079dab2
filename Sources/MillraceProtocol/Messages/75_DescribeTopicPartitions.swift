public import MillraceCore

/// DescribeTopicPartitions, version 0: topics in pages (KIP-966).
public struct DescribeTopicPartitionsRequest: WireRequest {
    public typealias Response = DescribeTopicPartitionsResponse

    public static let api = APIKey.describeTopicPartitions
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    public var topics: [Topic] = []
    public var responsePartitionLimit: Int32 = 2_000
    /// Where to begin; null for the beginning.
    public var cursor: Cursor?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
        try wire.field("ResponsePartitionLimit", &responsePartitionLimit)
        try wire.field("Cursor", &cursor)
    }
}

extension DescribeTopicPartitionsRequest {
    public struct Topic: WireStruct {
        public var name = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
        }
    }

    public struct Cursor: WireStruct {
        public var topicName = ""
        public var partitionIndex: Int32 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicName", &topicName)
            try wire.field("PartitionIndex", &partitionIndex)
        }
    }
}

/// The partitions up to a limit, and where to go on.
public struct DescribeTopicPartitionsResponse: WireResponse {
    public static let api = APIKey.describeTopicPartitions
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []
    /// Null: that was all.
    public var nextCursor: Cursor?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
        try wire.field("NextCursor", &nextCursor)
    }
}

extension DescribeTopicPartitionsResponse {
    public struct Topic: WireStruct {
        public var error = KafkaErrorCode.none
        public var name: String? = ""
        public var topicID = WireUUID.zero
        public var isInternal = false
        public var partitions: [Partition] = []
        /// Bits by operation; the smallest number for "not asked".
        public var topicAuthorizedOperations: Int32 = .min

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("Name", &name)
            try wire.field("TopicId", &topicID)
            try wire.field("IsInternal", &isInternal)
            try wire.array("Partitions", &partitions)
            try wire.field("TopicAuthorizedOperations", &topicAuthorizedOperations)
        }
    }

    public struct Partition: WireStruct {
        public var error = KafkaErrorCode.none
        public var partitionIndex: Int32 = 0
        public var leaderID: Int32 = 0
        public var leaderEpoch: Int32 = -1
        public var replicas: [Int32] = []
        public var inSyncReplicas: [Int32] = []
        public var eligibleLeaderReplicas: [Int32]?
        public var lastKnownEligibleLeaderReplicas: [Int32]?
        public var offlineReplicas: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("LeaderId", &leaderID)
            try wire.field("LeaderEpoch", &leaderEpoch)
            try wire.array("ReplicaNodes", &replicas)
            try wire.array("IsrNodes", &inSyncReplicas)
            try wire.array("EligibleLeaderReplicas", &eligibleLeaderReplicas)
            try wire.array("LastKnownElr", &lastKnownEligibleLeaderReplicas)
            try wire.array("OfflineReplicas", &offlineReplicas)
        }
    }

    public struct Cursor: WireStruct {
        public var topicName = ""
        public var partitionIndex: Int32 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicName", &topicName)
            try wire.field("PartitionIndex", &partitionIndex)
        }
    }
}
