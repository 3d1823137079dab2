/// Kafka's error codes, as they stand on the wire (Apache Kafka 4.3, `Errors`).
/// The broker's rooms answer with them; callers at the public border get them inside a typed error.
public enum KafkaErrorCode: Int16, Error, Hashable, Sendable, CaseIterable {
    /// The server failed in a way that has no code of its own.
    case unknownServerError = -1
    /// No error.
    case none = 0
    /// The offset is not among those that the partition has.
    case offsetOutOfRange = 1
    /// A batch fails its checksum or has an invalid size.
    case corruptMessage = 2
    /// There is no such topic or partition here.
    case unknownTopicOrPartition = 3
    /// The fetch asks for an impossible number of bytes.
    case invalidFetchSize = 4
    /// The partition has no leader yet.
    case leaderNotAvailable = 5
    /// This node does not have the partition.
    case notLeaderOrFollower = 6
    /// The request was not answered in time.
    case requestTimedOut = 7
    /// A batch is larger than the topic allows.
    case messageTooLarge = 10
    /// The text committed with an offset is too long.
    case offsetMetadataTooLarge = 12
    /// The connection broke before the answer came.
    case networkException = 13
    /// The coordinator is still reading its log; try again.
    case coordinatorLoadInProgress = 14
    /// There is no coordinator now; try again.
    case coordinatorNotAvailable = 15
    /// This node does not coordinate the group or transaction.
    case notCoordinator = 16
    /// The topic's name is not allowed.
    case invalidTopicException = 17
    /// A batch does not fit into a segment.
    case recordListTooLarge = 18
    /// The member speaks of a generation that is over.
    case illegalGeneration = 22
    /// The member shares no assignor with the group.
    case inconsistentGroupProtocol = 23
    /// The group's name is not allowed.
    case invalidGroupID = 24
    /// The group does not know the member.
    case unknownMemberID = 25
    /// The session time-out is outside what the broker allows.
    case invalidSessionTimeout = 26
    /// The group is being rebalanced; join again.
    case rebalanceInProgress = 27
    /// The commit is too large.
    case invalidCommitOffsetSize = 28
    /// The topic is not allowed to this user.
    case topicAuthorizationFailed = 29
    /// The group is not allowed to this user.
    case groupAuthorizationFailed = 30
    /// A record's timestamp is outside what the topic allows.
    case invalidTimestamp = 32
    /// The broker does not offer this SASL mechanism.
    case unsupportedSASLMechanism = 33
    /// The request does not fit the state of authentication.
    case illegalSASLState = 34
    /// The version of the request is not supported.
    case unsupportedVersion = 35
    /// There is a topic of this name.
    case topicAlreadyExists = 36
    /// The number of partitions is not allowed.
    case invalidPartitions = 37
    /// The replication factor is not possible.
    case invalidReplicationFactor = 38
    /// A config has a value that is not allowed.
    case invalidConfig = 40
    /// This node is not the controller.
    case notController = 41
    /// The request contradicts itself.
    case invalidRequest = 42
    /// The log's record format does not support the request.
    case unsupportedForMessageFormat = 43
    /// A policy of the broker forbids the request.
    case policyViolation = 44
    /// A batch of an idempotent producer is missing before this one.
    case outOfOrderSequenceNumber = 45
    /// The batch was written before.
    case duplicateSequenceNumber = 46
    /// The producer's epoch is over: a newer one has taken its place.
    case invalidProducerEpoch = 47
    /// The transaction is not in a state that allows the request.
    case invalidTransactionState = 48
    /// The producer id is not the one of the transactional id.
    case invalidProducerIDMapping = 49
    /// The transaction's time-out is larger than the broker allows.
    case invalidTransactionTimeout = 50
    /// The transaction before is still being ended; try again.
    case concurrentTransactions = 51
    /// An old coordinator wrote the marker.
    case transactionCoordinatorFenced = 52
    /// Nothing was done, because another part of the request failed.
    case operationNotAttempted = 55
    /// The disk failed.
    case kafkaStorageError = 56
    /// The log has forgotten the producer.
    case unknownProducerID = 59
    /// The group has members.
    case nonEmptyGroup = 68
    /// There is no such group.
    case groupIDNotFound = 69
    /// There is no such fetch session.
    case fetchSessionIDNotFound = 70
    /// The fetch session is at another epoch.
    case invalidFetchSessionEpoch = 71
    /// The client knows an old leader.
    case fencedLeaderEpoch = 74
    /// The client knows a leader that this node has not heard of.
    case unknownLeaderEpoch = 75
    /// The codec is not allowed here.
    case unsupportedCompressionType = 76
    /// The leader does not know its high watermark yet.
    case offsetNotAvailable = 78
    /// Join again with the member id of this answer.
    case memberIDRequired = 79
    /// The group is full.
    case groupMaxSizeReached = 81
    /// Another member has taken the static member's name.
    case fencedInstanceID = 82
    /// The group still reads the topic.
    case groupSubscribedToTopic = 86
    /// A record breaks a rule of the topic.
    case invalidRecord = 87
    /// Offsets of an open transaction would be read; try again.
    case unstableOffsetCommit = 88
    /// A newer producer has the transactional id.
    case producerFenced = 90
    /// There is no such transactional id.
    case transactionalIDNotFound = 105
    /// The transaction must be aborted; the producer may go on then.
    case transactionAbortable = 120
}
