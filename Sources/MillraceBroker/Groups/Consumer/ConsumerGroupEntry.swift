package import MillraceCore

/// What the log remembers of a group of the consumer protocol, record by record, as Kafka does (KIP-848). Pure. A nil
/// value is a tombstone. Key and value bytes are in `ConsumerGroupCodec`.
package enum ConsumerGroupEntry: Hashable, Sendable {
    /// `ConsumerGroupMetadata`; its tombstone ends the group.
    case group(ConsumerGroupValue?)
    /// `ConsumerGroupMemberMetadata`.
    case member(String, ConsumerMemberValue?)
    /// `ConsumerGroupTargetAssignmentMetadata`: the epoch of the group that the targets are made for.
    case targetEpoch(Int32?)
    /// `ConsumerGroupTargetAssignmentMember`: what the member is to have in the end.
    case target(String, Set<TopicIDPartition>?)
    /// `ConsumerGroupCurrentMemberAssignment`: what it has now.
    case current(String, CurrentAssignmentValue?)
    /// `ConsumerGroupRegularExpression`: the topics that a pattern of the group matches.
    case pattern(String, ResolvedPatternValue?)
    /// `ConsumerGroupPartitionMetadata`: older Kafkas wrote it, newer ones write its tombstone; it is passed over.
    case partitionMetadata

    var isTombstone: Bool {
        switch self {
        case .group(nil), .member(_, nil), .targetEpoch(nil), .target(_, nil), .current(_, nil), .pattern(_, nil),
            .partitionMetadata:
            true
        default: false
        }
    }
}

package struct ConsumerGroupValue: Hashable, Sendable {
    /// Rises with every change that asks for another assignment.
    package var epoch: Int32
    /// Of the topics that the group reads, as `GroupTopics.hash` makes it; 0 where there are none.
    package var topicsHash: Int64

    package init(epoch: Int32, topicsHash: Int64) {
        self.epoch = epoch
        self.topicsHash = topicsHash
    }
}

/// What a member has told of itself.
package struct ConsumerMemberValue: Hashable, Sendable {
    package var instanceID: String?
    package var rackID: String?
    package var clientID: String
    package var clientHost: String
    /// Sorted, each once.
    package var topicNames: [String]
    package var topicPattern: String?
    package var rebalanceTimeoutMilliseconds: Int32
    package var assignor: String?

    package init(
        instanceID: String? = nil, rackID: String? = nil, clientID: String = "", clientHost: String = "",
        topicNames: [String] = [], topicPattern: String? = nil, rebalanceTimeoutMilliseconds: Int32 = -1,
        assignor: String? = nil
    ) {
        self.instanceID = instanceID
        self.rackID = rackID
        self.clientID = clientID
        self.clientHost = clientHost
        self.topicNames = topicNames
        self.topicPattern = topicPattern
        self.rebalanceTimeoutMilliseconds = rebalanceTimeoutMilliseconds
        self.assignor = assignor
    }
}

/// Where a member stands on the way to its target.
package struct CurrentAssignmentValue: Hashable, Sendable {
    package enum State: Int8, Hashable, Sendable {
        /// Has what the target of its epoch gives it.
        case stable = 0
        /// Has to give partitions up first. Keeps its epoch until it says that it has.
        case unrevoked = 1
        /// Has its epoch, but some of its partitions are still another member's.
        case unreleased = 2
    }

    /// 0: about to join; `staticLeaveEpoch`: a static member that means to come back.
    package var epoch: Int32
    /// The epoch before, which a member still names if the answer that raised it was lost.
    package var previousEpoch: Int32
    package var state: State
    package var assigned: Set<TopicIDPartition>
    package var pendingRevocation: Set<TopicIDPartition>

    package init(
        epoch: Int32 = 0, previousEpoch: Int32 = -1, state: State = .stable, assigned: Set<TopicIDPartition> = [],
        pendingRevocation: Set<TopicIDPartition> = []
    ) {
        self.epoch = epoch
        self.previousEpoch = previousEpoch
        self.state = state
        self.assigned = assigned
        self.pendingRevocation = pendingRevocation
    }
}

package struct ResolvedPatternValue: Hashable, Sendable {
    /// Sorted.
    package var topics: [String]
    /// Of the picture of the topics (`GroupTopics.version`).
    package var version: Int64
    package var resolved: Timestamp

    package init(topics: [String], version: Int64, resolved: Timestamp) {
        self.topics = topics
        self.version = version
        self.resolved = resolved
    }
}
