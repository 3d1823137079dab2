public import MillraceCore

/// ConsumerGroupHeartbeat, versions 0 to 1: the one request of a member of the consumer protocol (KIP-848). It
/// joins, keeps alive, tells what changed, and leaves. Null means unchanged. Regular expressions, and member ids
/// made by the client (KIP-1082), came with 1.
public struct ConsumerGroupHeartbeatRequest: WireRequest {
    public typealias Response = ConsumerGroupHeartbeatResponse

    public static let api = APIKey.consumerGroupHeartbeat
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    public var groupID = ""
    public var memberID = ""
    /// 0: join; -1: leave; -2: leave for a while, as a static member.
    public var memberEpoch: Int32 = 0
    public var instanceID: String?
    public var rackID: String?
    /// How long the member may take to give partitions back; -1 for unchanged.
    public var rebalanceTimeoutMilliseconds: Int32 = -1
    public var subscribedTopicNames: [String]?
    public var subscribedTopicRegex: String?
    public var serverAssignor: String?
    /// What the member owns now.
    public var topicPartitions: [TopicPartitions]?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("GroupId", &groupID)
        try wire.field("MemberId", &memberID)
        try wire.field("MemberEpoch", &memberEpoch)
        try wire.field("InstanceId", &instanceID)
        try wire.field("RackId", &rackID)
        try wire.field("RebalanceTimeoutMs", &rebalanceTimeoutMilliseconds)
        try wire.array("SubscribedTopicNames", &subscribedTopicNames)
        if wire.version >= 1 { try wire.field("SubscribedTopicRegex", &subscribedTopicRegex) }
        try wire.field("ServerAssignor", &serverAssignor)
        try wire.array("TopicPartitions", &topicPartitions)
    }
}

extension ConsumerGroupHeartbeatRequest {
    public struct TopicPartitions: WireStruct {
        public var topicID = WireUUID.zero
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicId", &topicID)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}

/// The member's epoch and, where it changed, its assignment.
public struct ConsumerGroupHeartbeatResponse: WireResponse {
    public static let api = APIKey.consumerGroupHeartbeat
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var error = KafkaErrorCode.none
    public var errorMessage: String?
    public var memberID: String?
    public var memberEpoch: Int32 = 0
    public var heartbeatIntervalMilliseconds: Int32 = 0
    public var assignment: Assignment?

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.field("ErrorCode", &error)
        try wire.field("ErrorMessage", &errorMessage)
        try wire.field("MemberId", &memberID)
        try wire.field("MemberEpoch", &memberEpoch)
        try wire.field("HeartbeatIntervalMs", &heartbeatIntervalMilliseconds)
        try wire.field("Assignment", &assignment)
    }
}

extension ConsumerGroupHeartbeatResponse {
    public struct Assignment: WireStruct {
        public var topicPartitions: [TopicPartitions] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.array("TopicPartitions", &topicPartitions)
        }
    }

    public struct TopicPartitions: WireStruct {
        public var topicID = WireUUID.zero
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicId", &topicID)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}
