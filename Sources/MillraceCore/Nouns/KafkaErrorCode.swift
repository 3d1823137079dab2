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
    /// The broker is not there.
    case brokerNotAvailable = 8
    /// This node has no replica of the partition.
    case replicaNotAvailable = 9
    /// A batch is larger than the topic allows.
    case messageTooLarge = 10
    /// A newer controller has taken over.
    case staleControllerEpoch = 11
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
    /// Too few replicas are in sync; nothing was written.
    case notEnoughReplicas = 19
    /// Too few replicas are in sync; the batch was written nevertheless.
    case notEnoughReplicasAfterAppend = 20
    /// `acks` is none of -1, 0 and 1.
    case invalidRequiredAcks = 21
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
    /// The cluster is not allowed to this user.
    case clusterAuthorizationFailed = 31
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
    /// The replicas cannot be placed so.
    case invalidReplicaAssignment = 39
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
    /// The transactional id is not allowed to this user.
    case transactionalIDAuthorizationFailed = 53
    /// There is no authorizer.
    case securityDisabled = 54
    /// Nothing was done, because another part of the request failed.
    case operationNotAttempted = 55
    /// The disk failed.
    case kafkaStorageError = 56
    /// There is no such directory of logs.
    case logDirectoryNotFound = 57
    /// The credentials are wrong.
    case saslAuthenticationFailed = 58
    /// The log has forgotten the producer.
    case unknownProducerID = 59
    /// The partition is being moved.
    case reassignmentInProgress = 60
    /// Delegation tokens are not enabled.
    case delegationTokenAuthDisabled = 61
    /// There is no such delegation token.
    case delegationTokenNotFound = 62
    /// The delegation token belongs to another.
    case delegationTokenOwnerMismatch = 63
    /// Tokens cannot be asked for over this connection.
    case delegationTokenRequestNotAllowed = 64
    /// The delegation token is not allowed to this user.
    case delegationTokenAuthorizationFailed = 65
    /// The delegation token is over.
    case delegationTokenExpired = 66
    /// There is no such kind of principal.
    case invalidPrincipalType = 67
    /// The group has members.
    case nonEmptyGroup = 68
    /// There is no such group.
    case groupIDNotFound = 69
    /// There is no such fetch session.
    case fetchSessionIDNotFound = 70
    /// The fetch session is at another epoch.
    case invalidFetchSessionEpoch = 71
    /// The leader does not listen where the client asks.
    case listenerNotFound = 72
    /// Topics cannot be deleted here.
    case topicDeletionDisabled = 73
    /// The client knows an old leader.
    case fencedLeaderEpoch = 74
    /// The client knows a leader that this node has not heard of.
    case unknownLeaderEpoch = 75
    /// The codec is not allowed here.
    case unsupportedCompressionType = 76
    /// The broker was started again since.
    case staleBrokerEpoch = 77
    /// The leader does not know its high watermark yet.
    case offsetNotAvailable = 78
    /// Join again with the member id of this answer.
    case memberIDRequired = 79
    /// The preferred leader cannot lead now.
    case preferredLeaderNotAvailable = 80
    /// The group is full.
    case groupMaxSizeReached = 81
    /// Another member has taken the static member's name.
    case fencedInstanceID = 82
    /// No replica can lead now.
    case eligibleLeadersNotAvailable = 83
    /// The leader is the right one.
    case electionNotNeeded = 84
    /// The partition is not being moved.
    case noReassignmentInProgress = 85
    /// The group still reads the topic.
    case groupSubscribedToTopic = 86
    /// A record breaks a rule of the topic.
    case invalidRecord = 87
    /// Offsets of an open transaction would be read; try again.
    case unstableOffsetCommit = 88
    /// A quota is used up; try again later.
    case throttlingQuotaExceeded = 89
    /// A newer producer has the transactional id.
    case producerFenced = 90
    /// There is no such resource.
    case resourceNotFound = 91
    /// The request names a resource twice.
    case duplicateResource = 92
    /// The credential breaks a rule.
    case unacceptableCredential = 93
    /// The voters are not those that the sender believes.
    case inconsistentVoterSet = 94
    /// The version to be updated is not the current one.
    case invalidUpdateVersion = 95
    /// Features could not be updated.
    case featureUpdateFailed = 96
    /// A forwarded principal could not be read.
    case principalDeserializationFailure = 97
    /// There is no such snapshot.
    case snapshotNotFound = 98
    /// The snapshot ends before the position.
    case positionOutOfRange = 99
    /// There is no topic with this id here.
    case unknownTopicID = 100
    /// Another broker has this id.
    case duplicateBrokerRegistration = 101
    /// No broker has this id.
    case brokerIDNotRegistered = 102
    /// The topic's id is another one.
    case inconsistentTopicID = 103
    /// The cluster's id is another one.
    case inconsistentClusterID = 104
    /// There is no such transactional id.
    case transactionalIDNotFound = 105
    /// The session names topics in another way than the request.
    case fetchSessionTopicIDError = 106
    /// The replica may not join those in sync.
    case ineligibleReplica = 107
    /// The partition has a new leader because of the request.
    case newLeaderElected = 108
    /// The offset is in tiered storage only.
    case offsetMovedToTieredStorage = 109
    /// The member speaks of an epoch that the coordinator fenced; join again.
    case fencedMemberEpoch = 110
    /// The static member's name is still held by another.
    case unreleasedInstanceID = 111
    /// The coordinator does not have this assignor.
    case unsupportedAssignor = 112
    /// The member has a newer epoch; try again with it.
    case staleMemberEpoch = 113
    /// The request went to the wrong kind of endpoint.
    case mismatchedEndpointType = 114
    /// There is no such kind of endpoint.
    case unsupportedEndpointType = 115
    /// No controller has this id.
    case unknownControllerID = 116
    /// The telemetry subscription is not known.
    case unknownSubscriptionID = 117
    /// The telemetry is larger than allowed.
    case telemetryTooLarge = 118
    /// The controller refuses the registration.
    case invalidRegistration = 119
    /// The transaction must be aborted; the producer may go on then.
    case transactionAbortable = 120
    /// The record is not in a state that allows the acknowledgement.
    case invalidRecordState = 121
    /// There is no such share session.
    case shareSessionNotFound = 122
    /// The share session is at another epoch.
    case invalidShareSessionEpoch = 123
    /// The state of the share group has a newer epoch.
    case fencedStateEpoch = 124
    /// The voter's key is not the expected one.
    case invalidVoterKey = 125
    /// The voter is one already.
    case duplicateVoter = 126
    /// There is no such voter.
    case voterNotFound = 127
    /// The regular expression is not valid.
    case invalidRegularExpression = 128
    /// Forget the metadata and begin from the bootstrap servers.
    case rebootstrapRequired = 129
    /// The topology cannot be run.
    case streamsInvalidTopology = 130
    /// The topology's epoch is not valid.
    case streamsInvalidTopologyEpoch = 131
    /// The topology's epoch is over.
    case streamsTopologyFenced = 132
    /// There are as many share sessions as allowed.
    case shareSessionLimitReached = 133
}
