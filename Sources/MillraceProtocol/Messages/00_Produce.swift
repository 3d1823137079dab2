public import MillraceCore

/// Produce, versions 3 to 13: record batches to be appended. Record batches and transactional ids came with 3
/// (KIP-98), zstd with 7 (KIP-110), errors of single records with 8 (KIP-467), the new leader in an error with 10
/// (KIP-951), TRANSACTION_ABORTABLE with 11 and partitions that join a transaction by being written with 12 (both
/// KIP-890), topic ids in place of names with 13 (KIP-516). A request with `acks` 0 gets no answer.
public struct ProduceRequest: WireRequest {
    public typealias Response = ProduceResponse

    public static let api = APIKey.produce
    public static let versions: ClosedRange<Int16> = 3...13
    public static let flexibleSince: Int16? = 9

    /// Of a transactional producer; nil for others.
    public var transactionalID: String?
    /// 0: do not answer; 1: answer when the leader has written; -1: when all in-sync replicas have.
    public var acks: Int16 = 0
    /// How long the leader may wait for its replicas.
    public var timeoutMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("TransactionalId", &transactionalID)
        try wire.field("Acks", &acks)
        try wire.field("TimeoutMs", &timeoutMilliseconds)
        try wire.array("TopicData", &topics)
    }
}

extension ProduceRequest {
    public struct Topic: WireStruct {
        /// Up to version 12.
        public var name = ""
        /// Since version 13.
        public var topicID = WireUUID.zero
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 12 { try wire.field("Name", &name) }
            if wire.version >= 13 { try wire.field("TopicId", &topicID) }
            try wire.array("PartitionData", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        public var records = WireRecords.null

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Index", &partitionIndex)
            try wire.field("Records", &records)
        }
    }
}

/// What became of each batch. A partition whose leader moved says where to since version 10.
public struct ProduceResponse: WireResponse {
    public static let api = APIKey.produce
    public static let versions: ClosedRange<Int16> = 3...13
    public static let flexibleSince: Int16? = 9

    public var topics: [Topic] = []
    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    /// Addresses of the leaders named above. Tagged, since version 10.
    public var nodeEndpoints: [NodeEndpoint] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Responses", &topics)
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
    }

    public func tagsToWrite(version: Int16) -> [UInt32] {
        version >= 10 && !nodeEndpoints.isEmpty ? [0] : []
    }

    public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
        _ tag: UInt32, _ wire: inout Wire
    ) throws(WireError) -> Bool {
        switch tag {
        case 0 where wire.version >= 10: try wire.array("NodeEndpoints", &nodeEndpoints)
        default: return false
        }
        return true
    }
}

extension ProduceResponse {
    public struct Topic: WireStruct {
        /// Up to version 12.
        public var name = ""
        /// Since version 13.
        public var topicID = WireUUID.zero
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version <= 12 { try wire.field("Name", &name) }
            if wire.version >= 13 { try wire.field("TopicId", &topicID) }
            try wire.array("PartitionResponses", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        public var error = KafkaErrorCode.none
        /// The offset of the first record.
        public var baseOffset: Int64 = 0
        /// When the log stamps records itself; -1 where the producer does.
        public var logAppendTimeMilliseconds: Int64 = -1
        public var logStartOffset: Int64 = -1
        /// The records for which the batch was refused.
        public var recordErrors: [RecordError] = []
        public var errorMessage: String?
        /// Where to write instead. Tagged, since version 10.
        public var currentLeader = Leader()

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Index", &partitionIndex)
            try wire.field("ErrorCode", &error)
            try wire.field("BaseOffset", &baseOffset)
            try wire.field("LogAppendTimeMs", &logAppendTimeMilliseconds)
            if wire.version >= 5 { try wire.field("LogStartOffset", &logStartOffset) }
            if wire.version >= 8 {
                try wire.array("RecordErrors", &recordErrors)
                try wire.field("ErrorMessage", &errorMessage)
            }
        }

        public func tagsToWrite(version: Int16) -> [UInt32] {
            version >= 10 && currentLeader != Leader() ? [0] : []
        }

        public mutating func transferTag<Wire: WireTransfer & ~Copyable>(
            _ tag: UInt32, _ wire: inout Wire
        ) throws(WireError) -> Bool {
            switch tag {
            case 0 where wire.version >= 10: try wire.field("CurrentLeader", &currentLeader)
            default: return false
            }
            return true
        }
    }

    public struct RecordError: WireStruct {
        /// Which record of the batch.
        public var index: Int32 = 0
        public var message: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("BatchIndex", &index)
            try wire.field("BatchIndexErrorMessage", &message)
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
