public import MillraceCore

/// What a group coordinator answers. Pure values, matching `GroupRequest` case for case.
public enum GroupResponse: Hashable, Sendable {
    case join(JoinGroupResponse)
    case sync(SyncGroupResponse)
    case heartbeat(KafkaErrorCode)
    case leave(LeaveGroupResponse)
    case offsetCommit(OffsetCommitResponse)
    case transactionalOffsetCommit(OffsetCommitResponse)
    case offsetFetch(OffsetFetchResponse)
    case offsetDelete(OffsetDeleteResponse)
    case describe([DescribedGroup])
    case list([ListedGroup])
    case delete([DeletedGroup])
}

public struct JoinGroupResponse: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public var memberID: String
        public var groupInstanceID: String?
        public var metadata: [UInt8]

        public init(memberID: String, groupInstanceID: String?, metadata: [UInt8]) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.metadata = metadata
        }
    }
    public var error: KafkaErrorCode
    public var generation: Int32
    public var protocolType: String?
    public var protocolName: String?
    public var leaderID: String
    /// The leader is to keep the assignment as it is (KIP-814).
    public var skipsAssignment: Bool
    public var memberID: String
    /// Every member for the leader; empty for others.
    public var members: [Member]

    public init(
        error: KafkaErrorCode = .none, generation: Int32 = -1, protocolType: String? = nil,
        protocolName: String? = nil, leaderID: String = "", skipsAssignment: Bool = false, memberID: String,
        members: [Member] = []
    ) {
        self.error = error
        self.generation = generation
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.leaderID = leaderID
        self.skipsAssignment = skipsAssignment
        self.memberID = memberID
        self.members = members
    }
}

public struct SyncGroupResponse: Hashable, Sendable {
    public var error: KafkaErrorCode
    public var protocolType: String?
    public var protocolName: String?
    public var assignment: [UInt8]

    public init(
        error: KafkaErrorCode = .none, protocolType: String? = nil, protocolName: String? = nil,
        assignment: [UInt8] = []
    ) {
        self.error = error
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }
}

public struct LeaveGroupResponse: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public var memberID: String
        public var groupInstanceID: String?
        public var error: KafkaErrorCode

        public init(memberID: String, groupInstanceID: String?, error: KafkaErrorCode) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.error = error
        }
    }
    public var error: KafkaErrorCode
    public var members: [Member]

    public init(error: KafkaErrorCode = .none, members: [Member]) {
        self.error = error
        self.members = members
    }
}

/// The outcome for each partition, in the order of the request.
public struct OffsetCommitResponse: Hashable, Sendable {
    public struct Partition: Hashable, Sendable {
        public var partition: TopicPartition
        public var error: KafkaErrorCode

        public init(partition: TopicPartition, error: KafkaErrorCode) {
            self.partition = partition
            self.error = error
        }
    }
    public var partitions: [Partition]

    public init(partitions: [Partition]) { self.partitions = partitions }

    /// The first error there is; Kafka puts a refusal of the whole request into every partition.
    public var firstError: KafkaErrorCode? { partitions.first { $0.error != .none }?.error }
}

public struct OffsetFetchResponse: Hashable, Sendable {
    public struct Partition: Hashable, Sendable {
        public var partition: TopicPartition
        public var error: KafkaErrorCode
        /// Nil where nothing is committed; -1 on the wire.
        public var offset: Offset?
        public var leaderEpoch: Int32
        public var metadata: String

        public init(
            partition: TopicPartition, error: KafkaErrorCode = .none, offset: Offset? = nil, leaderEpoch: Int32 = -1,
            metadata: String = ""
        ) {
            self.partition = partition
            self.error = error
            self.offset = offset
            self.leaderEpoch = leaderEpoch
            self.metadata = metadata
        }
    }
    public var error: KafkaErrorCode
    public var partitions: [Partition]

    public init(error: KafkaErrorCode = .none, partitions: [Partition]) {
        self.error = error
        self.partitions = partitions
    }
}

public struct OffsetDeleteResponse: Hashable, Sendable {
    public var error: KafkaErrorCode
    public var partitions: [OffsetCommitResponse.Partition]

    public init(error: KafkaErrorCode = .none, partitions: [OffsetCommitResponse.Partition] = []) {
        self.error = error
        self.partitions = partitions
    }
}
