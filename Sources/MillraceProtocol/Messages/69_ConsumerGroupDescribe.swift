public import MillraceCore

/// ConsumerGroupDescribe, versions 0 to 1: state and members of groups of the consumer protocol (KIP-848). The kind
/// of each member came with 1 (KIP-1099).
public struct ConsumerGroupDescribeRequest: WireRequest {
    public typealias Response = ConsumerGroupDescribeResponse

    public static let api = APIKey.consumerGroupDescribe
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    public var groupIDs: [String] = []
    public var includeAuthorizedOperations = false

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.array("GroupIds", &groupIDs)
        try wire.field("IncludeAuthorizedOperations", &includeAuthorizedOperations)
    }
}

/// Epochs, members, and each member's present and target assignment.
public struct ConsumerGroupDescribeResponse: WireResponse {
    public static let api = APIKey.consumerGroupDescribe
    public static let versions: ClosedRange<Int16> = 0...1
    public static let flexibleSince: Int16? = 0

    /// Milliseconds that the client is to wait because of a quota.
    public var throttleTimeMilliseconds: Int32 = 0
    public var groups: [Group] = []

    public init() {}

    public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
        try wire.field("ThrottleTimeMs", &throttleTimeMilliseconds)
        try wire.array("Groups", &groups)
    }
}

extension ConsumerGroupDescribeResponse {
    public struct Group: WireStruct {
        public var error = KafkaErrorCode.none
        public var errorMessage: String?
        public var groupID = ""
        public var groupState = ""
        public var groupEpoch: Int32 = 0
        public var assignmentEpoch: Int32 = 0
        public var assignorName = ""
        public var members: [Member] = []
        /// Bits by operation; the smallest number for "not asked".
        public var authorizedOperations: Int32 = .min

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("ErrorCode", &error)
            try wire.field("ErrorMessage", &errorMessage)
            try wire.field("GroupId", &groupID)
            try wire.field("GroupState", &groupState)
            try wire.field("GroupEpoch", &groupEpoch)
            try wire.field("AssignmentEpoch", &assignmentEpoch)
            try wire.field("AssignorName", &assignorName)
            try wire.array("Members", &members)
            try wire.field("AuthorizedOperations", &authorizedOperations)
        }
    }

    public struct Member: WireStruct {
        public var memberID = ""
        public var instanceID: String?
        public var rackID: String?
        public var memberEpoch: Int32 = 0
        public var clientID = ""
        public var clientHost = ""
        public var subscribedTopicNames: [String] = []
        public var subscribedTopicRegex: String?
        public var assignment = Assignment()
        public var targetAssignment = Assignment()
        /// 0: classic protocol; 1: consumer protocol; -1: not known.
        public var memberType: Int8 = -1

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("MemberId", &memberID)
            try wire.field("InstanceId", &instanceID)
            try wire.field("RackId", &rackID)
            try wire.field("MemberEpoch", &memberEpoch)
            try wire.field("ClientId", &clientID)
            try wire.field("ClientHost", &clientHost)
            try wire.array("SubscribedTopicNames", &subscribedTopicNames)
            try wire.field("SubscribedTopicRegex", &subscribedTopicRegex)
            try wire.field("Assignment", &assignment)
            try wire.field("TargetAssignment", &targetAssignment)
            if wire.version >= 1 { try wire.field("MemberType", &memberType) }
        }
    }

    public struct Assignment: WireStruct {
        public var topicPartitions: [TopicPartitions] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.array("TopicPartitions", &topicPartitions)
        }
    }

    public struct TopicPartitions: WireStruct {
        public var topicID = WireUUID.zero
        public var topicName = ""
        public var partitionIndexes: [Int32] = []

        public init() {}

        public mutating func transfer<Wire: WireTransfer & ~Copyable>(_ wire: inout Wire) throws(WireError) {
            try wire.field("TopicId", &topicID)
            try wire.field("TopicName", &topicName)
            try wire.array("Partitions", &partitionIndexes)
        }
    }
}
