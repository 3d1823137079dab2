/// Fetch, versions 4 to 18: record batches from given offsets on. Sessions, in which a request names only what
/// changed, came with 7 (KIP-227), leader epochs with 9 (KIP-320), the reader's rack with 11 (KIP-392), the epoch
/// of the last record with 12 (KIP-595), topic ids in place of names with 13 (KIP-516), the new leader in an error
/// with 16 (KIP-951). Some fields serve replicas only: those of 15 (KIP-903), 17 (KIP-853) and 18 (KIP-1166).
public struct FetchRequest: WireRequest {
    public typealias Response = FetchResponse

    public static let api = APIKey.fetch
    public static let versions: ClosedRange<Int16> = 4...18
    public static let flexibleSince: Int16? = 12

    /// Tagged, since version 12; replicas send it.
    public var clusterID: String?
    /// The broker that replicates; -1 for consumers. Up to version 14.
    public var replicaID: Int32 = -1
    /// Tagged, since version 15.
    public var replicaState = ReplicaState()
    /// How long to wait for `minBytes`.
    public var maxWaitMilliseconds: Int32 = 0
    public var minBytes: Int32 = 0
    /// Not a hard limit: one batch is always sent.
    public var maxBytes: Int32 = .max
    /// 0: all records; 1: only those of transactions that were committed.
    public var isolationLevel: Int8 = 0
    /// 0 opens a session.
    public var sessionID: Int32 = 0
    /// 0 opens a session; -1 asks without one, or closes it.
    public var sessionEpoch: Int32 = -1
    public var topics: [Topic] = []
    /// What the session is no longer to hold. Since version 7.
    public var forgottenTopics: [ForgottenTopic] = []
    /// To be served from near by.
    public var rackID = ""

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version <= 14 { try wire.field("ReplicaId", &replicaID) }
        try wire.field("MaxWaitMs", &maxWaitMilliseconds)
        try wire.field("MinBytes", &minBytes)
        try wire.field("MaxBytes", &maxBytes)
        try wire.field("IsolationLevel", &isolationLevel)
        if wire.version >= 7 {
            try wire.field("SessionId", &sessionID)
            try wire.field("SessionEpoch", &sessionEpoch)
        }
        try wire.array("Topics", &topics)
        if wire.version >= 7 { try wire.array("ForgottenTopicsData", &forgottenTopics) }
        if wire.version >= 11 { try wire.field("RackId", &rackID) }
    }

    public func tagsToWrite(version: Int16) -> [UInt32] {
        var tags: [UInt32] = []
        if clusterID != nil { tags.append(0) }
        if version >= 15, replicaState != ReplicaState() { tags.append(1) }
        return tags
    }

    public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
        _ tag: UInt32, _ wire: inout Wire
    ) throws(WireError) -> Bool {
        switch tag {
        case 0: try wire.field("ClusterId", &clusterID)
        case 1 where wire.version >= 15: try wire.field("ReplicaState", &replicaState)
        default: return false
        }
        return true
    }
}

extension FetchRequest {
    public struct ReplicaState: WireStruct {
        public var replicaID: Int32 = -1
        public var replicaEpoch: Int64 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ReplicaId", &replicaID)
            try wire.field("ReplicaEpoch", &replicaEpoch)
        }
    }

    public struct Topic: WireStruct {
        /// Up to version 12.
        public var name = ""
        /// Since version 13.
        public var topicID = WireUUID.zero
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 12 { try wire.field("Topic", &name) }
            if wire.version >= 13 { try wire.field("TopicId", &topicID) }
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        /// The newest epoch that the client knows; -1 where it knows none.
        public var currentLeaderEpoch: Int32 = -1
        public var fetchOffset: Int64 = 0
        /// Epoch of the last record that was read: the log may have been cut back since.
        public var lastFetchedEpoch: Int32 = -1
        /// Of the replica that asks; -1 for consumers.
        public var logStartOffset: Int64 = -1
        /// Not a hard limit: one batch is always sent.
        public var partitionMaxBytes: Int32 = 0
        /// Tagged, since version 17.
        public var replicaDirectoryID = WireUUID.zero
        /// What the replica knows. Tagged, since version 18.
        public var highWatermark: Int64 = .max

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Partition", &partitionIndex)
            if wire.version >= 9 { try wire.field("CurrentLeaderEpoch", &currentLeaderEpoch) }
            try wire.field("FetchOffset", &fetchOffset)
            if wire.version >= 12 { try wire.field("LastFetchedEpoch", &lastFetchedEpoch) }
            if wire.version >= 5 { try wire.field("LogStartOffset", &logStartOffset) }
            try wire.field("PartitionMaxBytes", &partitionMaxBytes)
        }

        public func tagsToWrite(version: Int16) -> [UInt32] {
            var tags: [UInt32] = []
            if version >= 17, replicaDirectoryID != .zero { tags.append(0) }
            if version >= 18, highWatermark != .max { tags.append(1) }
            return tags
        }

        public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
            _ tag: UInt32, _ wire: inout Wire
        ) throws(WireError) -> Bool {
            switch tag {
            case 0 where wire.version >= 17: try wire.field("ReplicaDirectoryId", &replicaDirectoryID)
            case 1 where wire.version >= 18: try wire.field("HighWatermark", &highWatermark)
            default: return false
            }
            return true
        }
    }

    public struct ForgottenTopic: WireStruct {
        /// Up to version 12.
        public var name = ""
        /// Since version 13.
        public var topicID = WireUUID.zero
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 12 { try wire.field("Topic", &name) }
            if wire.version >= 13 { try wire.field("TopicId", &topicID) }
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}
