public import MillraceCore

/// OffsetCommit, versions 2 to 10: a group stores how far it has read. A retention time of the client's choice
/// ended with 4 (KIP-211); leader epochs came with 6 (KIP-320), static members with 7 (KIP-345), epochs of the
/// consumer protocol with 9 and topic ids in place of names with 10 (both KIP-848).
public struct OffsetCommitRequest: WireRequest {
    public typealias Response = OffsetCommitResponse

    public static let api = APIKey.offsetCommit
    public static let versions: ClosedRange<Int16> = 2...10
    public static let flexibleSince: Int16? = 8

    public var groupID = ""
    /// -1 where no member commits.
    public var generationIDOrMemberEpoch: Int32 = -1
    public var memberID = ""
    /// Of a static member; nil for others.
    public var groupInstanceID: String?
    /// -1 for the broker's own. Versions 2 to 4.
    public var retentionTimeMilliseconds: Int64 = -1
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        try wire.field("GenerationIdOrMemberEpoch", &generationIDOrMemberEpoch)
        try wire.field("MemberId", &memberID)
        if wire.version >= 7 { try wire.field("GroupInstanceId", &groupInstanceID) }
        if wire.version <= 4 { try wire.field("RetentionTimeMs", &retentionTimeMilliseconds) }
        try wire.array("Topics", &topics)
    }
}

extension OffsetCommitRequest {
    public struct Topic: WireStruct {
        /// Up to version 9.
        public var name = ""
        /// Since version 10.
        public var topicID = WireUUID.zero
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 9 { try wire.field("Name", &name) }
            if wire.version >= 10 { try wire.field("TopicId", &topicID) }
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
            if wire.version >= 6 { try wire.field("CommittedLeaderEpoch", &committedLeaderEpoch) }
            try wire.field("CommittedMetadata", &committedMetadata)
        }
    }
}

/// An error for each partition.
public struct OffsetCommitResponse: WireResponse {
    public static let api = APIKey.offsetCommit
    public static let versions: ClosedRange<Int16> = 2...10
    public static let flexibleSince: Int16? = 8

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 3 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.array("Topics", &topics)
    }
}

extension OffsetCommitResponse {
    public struct Topic: WireStruct {
        /// Up to version 9.
        public var name = ""
        /// Since version 10.
        public var topicID = WireUUID.zero
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 9 { try wire.field("Name", &name) }
            if wire.version >= 10 { try wire.field("TopicId", &topicID) }
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
