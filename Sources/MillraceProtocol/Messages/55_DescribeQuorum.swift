public import MillraceCore

/// DescribeQuorum, versions 0 to 2: the voters of the metadata log (KIP-595).
public struct DescribeQuorumRequest: WireRequest {
    public typealias Response = DescribeQuorumResponse

    public static let api = APIKey.describeQuorum
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    public var topics: [Topic] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics)
    }
}

extension DescribeQuorumRequest {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicName", &name)
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

/// Who leads, and how far each voter is. Times came with 1 (KIP-836), directories, addresses and error texts with 2
/// (KIP-853).
public struct DescribeQuorumResponse: WireResponse {
    public static let api = APIKey.describeQuorum
    public static let versions: ClosedRange<Int16> = 0...2
    public static let flexibleSince: Int16? = 0

    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var topics: [Topic] = []
    public var nodes: [Node] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ErrorCode", &error)
        if wire.version >= 2 { try wire.field("ErrorMessage", &errorMessage) }
        try wire.array("Topics", &topics)
        if wire.version >= 2 { try wire.array("Nodes", &nodes) }
    }
}

extension DescribeQuorumResponse {
    public struct Topic: WireStruct {
        public var name = ""
        public var partitions: [Partition] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicName", &name)
            try wire.array("Partitions", &partitions)
        }
    }

    public struct Partition: WireStruct {
        public var partitionIndex: Int32 = 0
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var leaderID: Int32 = 0
        public var leaderEpoch: Int32 = 0
        public var highWatermark: Int64 = 0
        public var currentVoters: [Replica] = []
        public var observers: [Replica] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("ErrorCode", &error)
            if wire.version >= 2 { try wire.field("ErrorMessage", &errorMessage) }
            try wire.field("LeaderId", &leaderID)
            try wire.field("LeaderEpoch", &leaderEpoch)
            try wire.field("HighWatermark", &highWatermark)
            try wire.array("CurrentVoters", &currentVoters)
            try wire.array("Observers", &observers)
        }
    }

    public struct Replica: WireStruct {
        public var replicaID: Int32 = 0
        public var replicaDirectoryID = WireUUID.zero
        public var logEndOffset: Int64 = 0
        public var lastFetchTimestamp: Int64 = -1
        public var lastCaughtUpTimestamp: Int64 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ReplicaId", &replicaID)
            if wire.version >= 2 { try wire.field("ReplicaDirectoryId", &replicaDirectoryID) }
            try wire.field("LogEndOffset", &logEndOffset)
            if wire.version >= 1 {
                try wire.field("LastFetchTimestamp", &lastFetchTimestamp)
                try wire.field("LastCaughtUpTimestamp", &lastCaughtUpTimestamp)
            }
        }
    }

    public struct Node: WireStruct {
        public var nodeID: Int32 = 0
        public var listeners: [Listener] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("NodeId", &nodeID)
            try wire.array("Listeners", &listeners)
        }
    }

    public struct Listener: WireStruct {
        public var name = ""
        public var host = ""
        public var port: UInt16 = 0

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("Name", &name)
            try wire.field("Host", &host)
            try wire.field("Port", &port)
        }
    }
}
