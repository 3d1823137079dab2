public import MillraceCore

/// DescribeLogDirs, versions 1 to 5: where the logs lie and how large they are (KIP-113).
public struct DescribeLogDirectoriesRequest: WireRequest {
    public typealias Response = DescribeLogDirectoriesResponse

    public static let api = APIKey.describeLogDirectories
    public static let versions: ClosedRange<Int16> = 1...5
    public static let flexibleSince: Int16? = 2

    /// Null: all.
    public var topics: [Topic]? = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
    }
}

extension DescribeLogDirectoriesRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Topic", &name)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}

/// Directories and the partitions in them. An error of the whole came with 3, the room on the disk with 4
/// (KIP-827), cordoned directories with 5 (KIP-1066).
public struct DescribeLogDirectoriesResponse: WireResponse {
    public static let api = APIKey.describeLogDirectories
    public static let versions: ClosedRange<Int16> = 1...5
    public static let flexibleSince: Int16? = 2

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    /// Since version 3.
    public var error = KafkaErrorCode.none
    public var results: [Directory] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        if wire.version >= 3 { try wire.field("ErrorCode", &error) }
        try wire.array("Results", &results)
    }
}

extension DescribeLogDirectoriesResponse {
    public struct Directory: WireStruct {
        public var error = KafkaErrorCode.none
        public var logDirectory = ""
        public var topics: [Topic] = []
        public var totalBytes: Int64 = -1
        public var usableBytes: Int64 = -1
        public var isCordoned = false

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("LogDir", &logDirectory)
            try wire.array("Topics", &topics)
            if wire.version >= 4 {
                try wire.field("TotalBytes", &totalBytes)
                try wire.field("UsableBytes", &usableBytes)
            }
            if wire.version >= 5 { try wire.field("IsCordoned", &isCordoned) }
        }
    }

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
        public var partitionSize: Int64 = 0
        /// How far the copy is behind.
        public var offsetLag: Int64 = 0
        /// The copy is being moved here.
        public var isFuture = false

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("PartitionSize", &partitionSize)
            try wire.field("OffsetLag", &offsetLag)
            try wire.field("IsFutureKey", &isFuture)
        }
    }
}
