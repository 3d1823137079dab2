public import MillraceCore

/// The record batches. A reader of committed records is also told which transactions in them were aborted.
public struct FetchResponse: WireResponse {
    public static let api = APIKey.fetch
    public static let versions: ClosedRange<Int16> = 4...18
    public static let flexibleSince: Int16? = 12

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    /// 0 where there is no session.
    public var sessionID: Int32 = 0
    public var topics: [Topic] = []
    /// Addresses of the leaders named above. Tagged, since version 16.
    public var nodeEndpoints: [NodeEndpoint] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        if wire.version >= 7 {
            try wire.field("ErrorCode", &error)
            try wire.field("SessionId", &sessionID)
        }
        try wire.array("Responses", &topics)
    }

    public func tagsToWrite(version: Int16) -> [UInt32] {
        version >= 16 && !nodeEndpoints.isEmpty ? [0] : []
    }

    public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
        _ tag: UInt32, _ wire: inout Wire
    ) throws(WireError) -> Bool {
        switch tag {
        case 0 where wire.version >= 16: try wire.array("NodeEndpoints", &nodeEndpoints)
        default: return false
        }
        return true
    }
}

extension FetchResponse {
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
        public var error = KafkaErrorCode.none
        public var highWatermark: Int64 = 0
        /// Where the first open transaction begins, or the high watermark.
        public var lastStableOffset: Int64 = -1
        public var logStartOffset: Int64 = -1
        /// Where the log parts from what the client has read. Tagged, since version 12.
        public var divergingEpoch = EpochEndOffset()
        /// Where to read instead. Tagged, since version 12.
        public var currentLeader = Leader()
        /// To be fetched first; for replicas of the metadata log. Tagged, since version 12.
        public var snapshotID = Snapshot()
        /// By first offset. Null unless only committed records were asked for.
        public var abortedTransactions: [AbortedTransaction]? = []
        /// Where to read from in future; -1 for here.
        public var preferredReadReplica: Int32 = -1
        /// Never null in an answer, since librdkafka refuses that: `.bytes([])` for none.
        public var records = WireRecords.null

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
            try wire.field("HighWatermark", &highWatermark)
            try wire.field("LastStableOffset", &lastStableOffset)
            if wire.version >= 5 { try wire.field("LogStartOffset", &logStartOffset) }
            try wire.array("AbortedTransactions", &abortedTransactions)
            if wire.version >= 11 { try wire.field("PreferredReadReplica", &preferredReadReplica) }
            try wire.field("Records", &records)
        }

        public func tagsToWrite(version: Int16) -> [UInt32] {
            var tags: [UInt32] = []
            if divergingEpoch != EpochEndOffset() { tags.append(0) }
            if currentLeader != Leader() { tags.append(1) }
            if snapshotID != Snapshot() { tags.append(2) }
            return tags
        }

        public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
            _ tag: UInt32, _ wire: inout Wire
        ) throws(WireError) -> Bool {
            switch tag {
            case 0: try wire.field("DivergingEpoch", &divergingEpoch)
            case 1: try wire.field("CurrentLeader", &currentLeader)
            case 2: try wire.field("SnapshotId", &snapshotID)
            default: return false
            }
            return true
        }
    }

    public struct EpochEndOffset: WireStruct {
        public var epoch: Int32 = -1
        public var endOffset: Int64 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Epoch", &epoch)
            try wire.field("EndOffset", &endOffset)
        }
    }

    public struct Leader: WireStruct {
        public var leaderID: Int32 = -1
        public var leaderEpoch: Int32 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("LeaderId", &leaderID)
            try wire.field("LeaderEpoch", &leaderEpoch)
        }
    }

    public struct Snapshot: WireStruct {
        public var endOffset: Int64 = -1
        public var epoch: Int32 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("EndOffset", &endOffset)
            try wire.field("Epoch", &epoch)
        }
    }

    public struct AbortedTransaction: WireStruct {
        public var producerID: Int64 = 0
        public var firstOffset: Int64 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ProducerId", &producerID)
            try wire.field("FirstOffset", &firstOffset)
        }
    }

    public struct NodeEndpoint: WireStruct {
        public var nodeID: Int32 = 0
        public var host = ""
        public var port: Int32 = 0
        public var rack: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("NodeId", &nodeID)
            try wire.field("Host", &host)
            try wire.field("Port", &port)
            try wire.field("Rack", &rack)
        }
    }
}
