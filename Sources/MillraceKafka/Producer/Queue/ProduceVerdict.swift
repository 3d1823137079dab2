internal import MillraceCluster
internal import MillraceCore

/// What becomes of a batch that a broker has answered for. Pure. Rules: Kafka's error codes; KIP-98 for sequences,
/// KIP-360 for producers that were forgotten, KIP-890 for transactions.
enum ProduceVerdict: Equatable {
    /// It is in the log.
    case acknowledged
    /// It is sent again, by the same sequence; after a look at who leads the partition where that may have changed.
    case again(asksLeader: Bool)
    /// The broker's memory of this producer and ours do not meet any more: everything is sent again by a new epoch.
    case renew
    /// It will not get into the log.
    case refused

    /// - Parameters:
    ///   - isFirst: no batch before it is still to be acknowledged.
    ///   - isTransactional: an epoch cannot be renewed within a transaction.
    init(_ error: KafkaErrorCode, isFirst: Bool, isTransactional: Bool) {
        switch error {
        // A duplicate was appended before; its answer was lost.
        case .none, .duplicateSequenceNumber: self = .acknowledged
        case .notLeaderOrFollower, .leaderNotAvailable, .fencedLeaderEpoch, .unknownLeaderEpoch,
            .unknownTopicOrPartition, .unknownTopicID, .kafkaStorageError, .networkException, .listenerNotFound,
            .replicaNotAvailable:
            self = .again(asksLeader: true)
        case .requestTimedOut, .notEnoughReplicas, .notEnoughReplicasAfterAppend, .corruptMessage,
            .concurrentTransactions, .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator,
            .throttlingQuotaExceeded:
            self = .again(asksLeader: false)
        // Behind a batch that is to be sent again there is a gap until it has come.
        case .outOfOrderSequenceNumber where !isFirst: self = .again(asksLeader: false)
        case .outOfOrderSequenceNumber, .unknownProducerID, .invalidProducerEpoch:
            self = isTransactional ? .refused : .renew
        default: self = .refused
        }
    }
}
