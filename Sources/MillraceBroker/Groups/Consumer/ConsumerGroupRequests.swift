package import MillraceCore

/// `ConsumerGroupHeartbeat`, versions 0 and 1: a member of the consumer protocol joins, stays, or leaves. A plain
/// value. Nil fields say that nothing has changed since the last heartbeat.
package struct ConsumerGroupHeartbeatRequest: Hashable, Sendable {
    package var groupID: String
    /// Empty only in the first heartbeat of version 0.
    package var memberID: String
    /// 0 joins, -1 leaves, -2 is a static member that means to come back; else the epoch that the member has.
    package var memberEpoch: Int32
    package var instanceID: String?
    package var rackID: String?
    /// How long the member may take to give partitions up; nil for -1 on the wire.
    package var rebalanceTimeout: Duration?
    package var topicNames: [String]?
    /// Empty for none any more; nil in version 0.
    package var topicPattern: String?
    package var assignor: String?
    package var ownedPartitions: [TopicIDPartitions]?
    package var clientID: String
    package var clientHost: String
    /// Whether the client has to bring its member id (KIP-1082, version 1).
    package var requiresMemberID: Bool

    package init(
        groupID: String, memberID: String, memberEpoch: Int32, instanceID: String? = nil, rackID: String? = nil,
        rebalanceTimeout: Duration? = nil, topicNames: [String]? = nil, topicPattern: String? = nil,
        assignor: String? = nil, ownedPartitions: [TopicIDPartitions]? = nil, clientID: String, clientHost: String,
        requiresMemberID: Bool = true
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.memberEpoch = memberEpoch
        self.instanceID = instanceID
        self.rackID = rackID
        self.rebalanceTimeout = rebalanceTimeout
        self.topicNames = topicNames
        self.topicPattern = topicPattern
        self.assignor = assignor
        self.ownedPartitions = ownedPartitions
        self.clientID = clientID
        self.clientHost = clientHost
        self.requiresMemberID = requiresMemberID
    }
}

package struct ConsumerGroupHeartbeatResponse: Hashable, Sendable {
    package var error: KafkaErrorCode
    /// For people; nil where there is no error.
    package var message: String?
    package var memberID: String?
    package var memberEpoch: Int32
    package var heartbeatInterval: Duration
    /// Nil where it has not changed and was not asked for.
    package var assignment: [TopicIDPartitions]?

    package init(
        error: KafkaErrorCode = .none, message: String? = nil, memberID: String? = nil, memberEpoch: Int32 = 0,
        heartbeatInterval: Duration = .zero, assignment: [TopicIDPartitions]? = nil
    ) {
        self.error = error
        self.message = message
        self.memberID = memberID
        self.memberEpoch = memberEpoch
        self.heartbeatInterval = heartbeatInterval
        self.assignment = assignment
    }
}

/// What `ConsumerGroupDescribe` says of one group.
package struct DescribedConsumerGroup: Hashable, Sendable {
    package struct Assignment: Hashable, Sendable {
        package var topic: TopicID
        package var name: String
        package var partitions: [Int32]

        package init(topic: TopicID, name: String, partitions: [Int32]) {
            self.topic = topic
            self.name = name
            self.partitions = partitions
        }
    }

    package struct Member: Hashable, Sendable {
        package var memberID: String
        package var instanceID: String?
        package var rackID: String?
        package var memberEpoch: Int32
        package var clientID: String
        package var clientHost: String
        package var topicNames: [String]
        package var topicPattern: String?
        package var assignment: [Assignment]
        package var targetAssignment: [Assignment]
        /// `MemberType` of version 1: every member here speaks the consumer protocol.
        package var memberType: Int8 { 1 }
    }

    /// `groupIDNotFound` for an unknown group and for one of the classic protocol.
    package var error: KafkaErrorCode
    package var message: String?
    package var groupID: String
    /// Kafka's names: `Empty`, `Assigning`, `Reconciling`, `Stable`, `Dead`.
    package var state: String
    package var epoch: Int32
    package var assignmentEpoch: Int32
    package var assignor: String
    package var members: [Member]

    package init(
        error: KafkaErrorCode = .none, message: String? = nil, groupID: String, state: String = "", epoch: Int32 = 0,
        assignmentEpoch: Int32 = 0, assignor: String = "", members: [Member] = []
    ) {
        self.error = error
        self.message = message
        self.groupID = groupID
        self.state = state
        self.epoch = epoch
        self.assignmentEpoch = assignmentEpoch
        self.assignor = assignor
        self.members = members
    }
}
