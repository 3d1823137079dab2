public import MillraceCore

/// What callers ask about committed offsets: plain values with the fields of Kafka's newest versions. Pure.
public struct OffsetCommitRequest: Hashable, Sendable {
    public var caller: GroupCaller
    public var offsets: [OffsetCommitPartition]

    public init(caller: GroupCaller, offsets: [OffsetCommitPartition]) {
        self.caller = caller
        self.offsets = offsets
    }
}

public struct OffsetCommitPartition: Hashable, Sendable {
    public var partition: TopicPartition
    public var offset: Offset
    /// -1 where the caller does not know it.
    public var leaderEpoch: Int32
    public var metadata: String

    public init(partition: TopicPartition, offset: Offset, leaderEpoch: Int32 = -1, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}

/// `TxnOffsetCommit`: offsets that count once the producer's transaction commits, fenced by generation (KIP-447).
public struct TransactionalOffsetCommitRequest: Hashable, Sendable {
    public var transactionalID: String
    public var producer: ProducerIdentity
    public var caller: GroupCaller
    public var offsets: [OffsetCommitPartition]

    public init(
        transactionalID: String, producer: ProducerIdentity, caller: GroupCaller, offsets: [OffsetCommitPartition]
    ) {
        self.transactionalID = transactionalID
        self.producer = producer
        self.caller = caller
        self.offsets = offsets
    }
}

public struct OffsetFetchRequest: Hashable, Sendable {
    public var groupID: String
    /// Nil for all that the group has.
    public var partitions: [TopicPartition]?
    /// Whether a partition with offsets in an open transaction is answered `unstableOffsetCommit` (KIP-447).
    public var requiresStable: Bool

    public init(groupID: String, partitions: [TopicPartition]?, requiresStable: Bool) {
        self.groupID = groupID
        self.partitions = partitions
        self.requiresStable = requiresStable
    }
}

public struct OffsetDeleteRequest: Hashable, Sendable {
    public var groupID: String
    public var partitions: [TopicPartition]

    public init(groupID: String, partitions: [TopicPartition]) {
        self.groupID = groupID
        self.partitions = partitions
    }
}
