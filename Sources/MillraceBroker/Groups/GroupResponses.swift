package import MillraceCore

/// What a group coordinator answers. Pure values, matching `GroupRequest` case for case.
package enum GroupResponse: Hashable, Sendable {
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
    case consumerHeartbeat(ConsumerGroupHeartbeatResponse)
    case consumerDescribe([DescribedConsumerGroup])
}

package struct JoinGroupResponse: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var groupInstanceID: String?
        package var metadata: [UInt8]

        package init(memberID: String, groupInstanceID: String?, metadata: [UInt8]) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.metadata = metadata
        }
    }
    package var error: KafkaErrorCode
    package var generation: Int32
    package var protocolType: String?
    package var protocolName: String?
    package var leaderID: String
    /// The leader is to keep the assignment as it is (KIP-814).
    package var skipsAssignment: Bool
    package var memberID: String
    /// Every member for the leader; empty for others.
    package var members: [Member]

    package init(
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

package struct SyncGroupResponse: Hashable, Sendable {
    package var error: KafkaErrorCode
    package var protocolType: String?
    package var protocolName: String?
    package var assignment: [UInt8]

    package init(
        error: KafkaErrorCode = .none, protocolType: String? = nil, protocolName: String? = nil,
        assignment: [UInt8] = []
    ) {
        self.error = error
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }
}

package struct LeaveGroupResponse: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var groupInstanceID: String?
        package var error: KafkaErrorCode

        package init(memberID: String, groupInstanceID: String?, error: KafkaErrorCode) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.error = error
        }
    }
    package var error: KafkaErrorCode
    package var members: [Member]

    package init(error: KafkaErrorCode = .none, members: [Member]) {
        self.error = error
        self.members = members
    }
}

/// The outcome for each partition, in the order of the request.
package struct OffsetCommitResponse: Hashable, Sendable {
    package struct Partition: Hashable, Sendable {
        package var partition: TopicPartition
        package var error: KafkaErrorCode

        package init(partition: TopicPartition, error: KafkaErrorCode) {
            self.partition = partition
            self.error = error
        }
    }
    package var partitions: [Partition]

    package init(partitions: [Partition]) { self.partitions = partitions }

    /// The first error there is; Kafka puts a refusal of the whole request into every partition.
    package var firstError: KafkaErrorCode? { partitions.first { $0.error != .none }?.error }
}

package struct OffsetFetchResponse: Hashable, Sendable {
    package struct Partition: Hashable, Sendable {
        package var partition: TopicPartition
        package var error: KafkaErrorCode
        /// Nil where nothing is committed; -1 on the wire.
        package var offset: Offset?
        package var leaderEpoch: Int32
        package var metadata: String

        package init(
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
    package var error: KafkaErrorCode
    package var partitions: [Partition]

    package init(error: KafkaErrorCode = .none, partitions: [Partition]) {
        self.error = error
        self.partitions = partitions
    }
}

package struct OffsetDeleteResponse: Hashable, Sendable {
    package var error: KafkaErrorCode
    package var partitions: [OffsetCommitResponse.Partition]

    package init(error: KafkaErrorCode = .none, partitions: [OffsetCommitResponse.Partition] = []) {
        self.error = error
        self.partitions = partitions
    }
}
