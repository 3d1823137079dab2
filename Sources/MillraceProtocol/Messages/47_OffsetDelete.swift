public import MillraceCore

/// OffsetDelete, version 0: a group forgets offsets of topics that it no longer reads (KIP-496). Never flexible.
public struct OffsetDeleteRequest: WireRequest {
    public typealias Response = OffsetDeleteResponse

    public static let api = APIKey.offsetDelete
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = nil

    public var groupID = ""
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        try wire.array("Topics", &topics)
    }
}

extension OffsetDeleteRequest {
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

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
        }
    }
}

/// An error for each partition.
public struct OffsetDeleteResponse: WireResponse {
    public static let api = APIKey.offsetDelete
    public static let versions: ClosedRange<Int16> = 0...0
    public static let flexibleSince: Int16? = nil

    public var error = KafkaErrorCode.none
    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ErrorCode", &error)
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Topics", &topics)
    }
}

extension OffsetDeleteResponse {
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
