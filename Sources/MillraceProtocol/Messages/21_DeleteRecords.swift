public import MillraceCore

/// DeleteRecords, versions 0 to 2: forgets the records before an offset (KIP-107).
public struct DeleteRecordsRequest: WireRequest {
    public typealias Response = DeleteRecordsResponse

    public static let api = APIKey.deleteRecords
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    public var topics: [Topic] = []
    public var timeoutMilliseconds: Int32 = 0

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
        try wire.field("TimeoutMs", &timeoutMilliseconds)
    }
}

extension DeleteRecordsRequest {
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
        /// The first record to keep; -1 for the high watermark.
        public var offset: Int64 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("Offset", &offset)
        }
    }
}

/// Where each log begins now.
public struct DeleteRecordsResponse: WireResponse {
    public static let api = APIKey.deleteRecords
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension DeleteRecordsResponse {
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
        /// The first record that is left.
        public var lowWatermark: Int64 = 0
        public var error = KafkaErrorCode.none

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("LowWatermark", &lowWatermark)
            try wire.field("ErrorCode", &error)
        }
    }
}
