public import MillraceCore

/// Metadata, versions 0 to 13: the brokers, and the leaders of topics. Null asks for all topics since 1; version 0
/// says so with an empty list. Whether to create what is missing came with 4, authorized operations with 8
/// (KIP-430), topic ids with 10 and questions by id with 12 (KIP-516).
public struct MetadataRequest: WireRequest {
    public typealias Response = MetadataResponse

    public static let api = APIKey.metadata
    public static let versions: ClosedRange<Int16> = 0...13
    public static let flexibleSince: Int16? = 9

    /// Null, or empty in version 0: all.
    public var topics: [Topic]? = []
    public var allowAutoTopicCreation = true
    /// Versions 8 to 10; DescribeCluster since (KIP-700).
    public var includeClusterAuthorizedOperations = false
    public var includeTopicAuthorizedOperations = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("Topics", &topics, nullableSince: 1)
        if wire.version >= 4 { try wire.field("AllowAutoTopicCreation", &allowAutoTopicCreation) }
        if (8...10).contains(wire.version) {
            try wire.field("IncludeClusterAuthorizedOperations", &includeClusterAuthorizedOperations)
        }
        if wire.version >= 8 { try wire.field("IncludeTopicAuthorizedOperations", &includeTopicAuthorizedOperations) }
    }
}

extension MetadataRequest {
    public struct Topic: WireStruct {
        public var topicID = WireUUID.zero
        /// Null where the id says which; since version 10.
        public var name: String? = ""

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            if wire.version >= 10 { try wire.field("TopicId", &topicID) }
            try wire.field("Name", &name, nullableSince: 10)
        }
    }
}

/// Brokers, topics and leaders. The cluster's id came with 2 (KIP-78), offline replicas with 5 (KIP-112), leader
/// epochs with 7 (KIP-320), an error that tells the client to bootstrap anew with 13 (KIP-1102).
public struct MetadataResponse: WireResponse {
    public static let api = APIKey.metadata
    public static let versions: ClosedRange<Int16> = 0...13
    public static let flexibleSince: Int16? = 9

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var brokers: [Broker] = []
    public var clusterID: String?
    public var controllerID: Int32 = -1
    public var topics: [Topic] = []
    /// Bits by operation; the smallest number for "not asked". Versions 8 to 10.
    public var clusterAuthorizedOperations: Int32 = .min
    /// Since version 13.
    public var error = KafkaErrorCode.none

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        if wire.version >= 3 { try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds) }
        try wire.array("Brokers", &brokers)
        if wire.version >= 2 { try wire.field("ClusterId", &clusterID) }
        if wire.version >= 1 { try wire.field("ControllerId", &controllerID) }
        try wire.array("Topics", &topics)
        if (8...10).contains(wire.version) {
            try wire.field("ClusterAuthorizedOperations", &clusterAuthorizedOperations)
        }
        if wire.version >= 13 { try wire.field("ErrorCode", &error) }
    }
}

extension MetadataResponse {
    public struct Broker: WireStruct {
        public var nodeID: Int32 = 0
        public var host = ""
        public var port: Int32 = 0
        public var rack: String?

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("NodeId", &nodeID)
            try wire.field("Host", &host)
            try wire.field("Port", &port)
            if wire.version >= 1 { try wire.field("Rack", &rack) }
        }
    }

    public struct Topic: WireStruct {
        public var error = KafkaErrorCode.none
        /// Null where an unknown id was asked for; since version 12.
        public var name: String? = ""
        public var topicID = WireUUID.zero
        public var isInternal = false
        public var partitions: [Partition] = []
        /// Bits by operation; the smallest number for "not asked".
        public var topicAuthorizedOperations: Int32 = .min

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("Name", &name, nullableSince: 12)
            if wire.version >= 10 { try wire.field("TopicId", &topicID) }
            if wire.version >= 1 { try wire.field("IsInternal", &isInternal) }
            try wire.array("Partitions", &partitions)
            if wire.version >= 8 { try wire.field("TopicAuthorizedOperations", &topicAuthorizedOperations) }
        }
    }

    public struct Partition: WireStruct {
        public var error = KafkaErrorCode.none
        public var partitionIndex: Int32 = 0
        public var leaderID: Int32 = 0
        public var leaderEpoch: Int32 = -1
        public var replicas: [Int32] = []
        public var inSyncReplicas: [Int32] = []
        public var offlineReplicas: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("PartitionIndex", &partitionIndex)
            try wire.field("LeaderId", &leaderID)
            if wire.version >= 7 { try wire.field("LeaderEpoch", &leaderEpoch) }
            try wire.array("ReplicaNodes", &replicas)
            try wire.array("IsrNodes", &inSyncReplicas)
            if wire.version >= 5 { try wire.array("OfflineReplicas", &offlineReplicas) }
        }
    }
}
