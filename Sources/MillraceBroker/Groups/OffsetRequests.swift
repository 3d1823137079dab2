package import MillraceCore

/// What callers ask about committed offsets: plain values with the fields of Kafka's newest versions. Pure.
package struct OffsetCommitRequest: Hashable, Sendable {
    /// Its generation is the member epoch where the member speaks the consumer protocol.
    package var caller: GroupCaller
    package var offsets: [OffsetCommitPartition]
    /// Whether the caller understands the errors of member epochs and of an unknown group: versions 9 and later.
    package var knowsMemberEpochs: Bool

    package init(caller: GroupCaller, offsets: [OffsetCommitPartition], knowsMemberEpochs: Bool = false) {
        self.caller = caller
        self.offsets = offsets
        self.knowsMemberEpochs = knowsMemberEpochs
    }
}

package struct OffsetCommitPartition: Hashable, Sendable {
    package var partition: TopicPartition
    package var offset: Offset
    /// -1 where the caller does not know it.
    package var leaderEpoch: Int32
    package var metadata: String

    package init(partition: TopicPartition, offset: Offset, leaderEpoch: Int32 = -1, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}

/// `TxnOffsetCommit`: offsets that count once the producer's transaction commits, fenced by generation (KIP-447).
package struct TransactionalOffsetCommitRequest: Hashable, Sendable {
    package var transactionalID: String
    package var producer: ProducerIdentity
    package var caller: GroupCaller
    package var offsets: [OffsetCommitPartition]

    package init(
        transactionalID: String, producer: ProducerIdentity, caller: GroupCaller, offsets: [OffsetCommitPartition]
    ) {
        self.transactionalID = transactionalID
        self.producer = producer
        self.caller = caller
        self.offsets = offsets
    }
}

package struct OffsetFetchRequest: Hashable, Sendable {
    package var groupID: String
    /// Nil for all that the group has.
    package var partitions: [TopicPartition]?
    /// Whether a partition with offsets in an open transaction is answered `unstableOffsetCommit` (KIP-447).
    package var requiresStable: Bool
    /// Who asks, of a group of the consumer protocol (version 9); nil and -1 where nobody is named.
    package var memberID: String?
    package var memberEpoch: Int32

    package init(
        groupID: String, partitions: [TopicPartition]?, requiresStable: Bool, memberID: String? = nil,
        memberEpoch: Int32 = -1
    ) {
        self.groupID = groupID
        self.partitions = partitions
        self.requiresStable = requiresStable
        self.memberID = memberID
        self.memberEpoch = memberEpoch
    }
}

package struct OffsetDeleteRequest: Hashable, Sendable {
    package var groupID: String
    package var partitions: [TopicPartition]

    package init(groupID: String, partitions: [TopicPartition]) {
        self.groupID = groupID
        self.partitions = partitions
    }
}
