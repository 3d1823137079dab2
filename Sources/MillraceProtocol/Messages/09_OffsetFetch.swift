public import MillraceCore

/// OffsetFetch, versions 1 to 10: how far a group has read. Null asks for all topics since 2; waiting for open
/// transactions came with 7 (KIP-447), several groups in one request with 8 (KIP-709), the member who asks with 9
/// and topic ids in place of names with 10 (both KIP-848).
public struct OffsetFetchRequest: WireRequest {
    public typealias Response = OffsetFetchResponse

    public static let api = APIKey.offsetFetch
    public static let versions: ClosedRange<Int16> = 1...10
    public static let flexibleSince: Int16? = 6

    /// Up to version 7.
    public var groupID = ""
    /// Null: all. Up to version 7.
    public var topics: [Topic]? = []
    /// Since version 8.
    public var groups: [Group] = []
    /// Refuse offsets that an open transaction may change.
    public var requireStable = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version <= 7 {
            try wire.field("GroupId", &groupID)
            try wire.array("Topics", &topics, nullableSince: 2)
        }
        if wire.version >= 8 { try wire.array("Groups", &groups) }
        if wire.version >= 7 { try wire.field("RequireStable", &requireStable) }
    }
}

extension OffsetFetchRequest {
    public struct Topic: WireStruct {
        /// Up to version 9.
        public var name = ""
        /// Since version 10.
        public var topicID = WireUUID.zero
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 9 { try wire.field("Name", &name) }
            if wire.version >= 10 { try wire.field("TopicId", &topicID) }
            try wire.array("PartitionIndexes", &partitionIndexes)
        }
    }

    public struct Group: WireStruct {
        public var groupID = ""
        public var memberID: String?
        public var memberEpoch: Int32 = -1
        /// Null: all.
        public var topics: [Topic]? = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("GroupId", &groupID)
            if wire.version >= 9 {
                try wire.field("MemberId", &memberID)
                try wire.field("MemberEpoch", &memberEpoch)
            }
            try wire.array("Topics", &topics)
        }
    }
}

/// The committed offsets; -1 where there is none. Leader epochs came with 5 (KIP-320), one list for each group with
/// 8 (KIP-709).
public struct OffsetFetchResponse: WireResponse {
    public static let api = APIKey.offsetFetch
    public static let versions: ClosedRange<Int16> = 1...10
    public static let flexibleSince: Int16? = 6

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    /// Up to version 7.
    public var topics: [Topic] = []
    /// Versions 2 to 7.
    public var error = KafkaErrorCode.none
    /// Since version 8.
    public var groups: [Group] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 3 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        if wire.version <= 7 { try wire.array("Topics", &topics) }
        if (2...7).contains(wire.version) { try wire.field("ErrorCode", &error) }
        if wire.version >= 8 { try wire.array("Groups", &groups) }
    }
}

extension OffsetFetchResponse {
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
        public var metadata: String? = ""
        public var error = KafkaErrorCode.none

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("CommittedOffset", &committedOffset)
            if wire.version >= 5 { try wire.field("CommittedLeaderEpoch", &committedLeaderEpoch) }
            try wire.field("Metadata", &metadata)
            try wire.field("ErrorCode", &error)
        }
    }

    public struct Group: WireStruct {
        public var groupID = ""
        public var topics: [Topic] = []
        public var error = KafkaErrorCode.none

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("GroupId", &groupID)
            try wire.array("Topics", &topics)
            try wire.field("ErrorCode", &error)
        }
    }
}
