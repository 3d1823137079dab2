internal import MillraceBroker
package import MillraceCore

/// What the embedded broker's refusals mean to a user of the port. Pure.
extension ClusterError {
    init(_ error: BrokerError) {
        self.init(
            Kind(error.code, isNoSpace: error.isNoSpace), error.message, partition: error.partition,
            code: error.code)
    }
}

extension ClusterError.Kind {
    package init(_ code: KafkaErrorCode, isNoSpace: Bool) {
        switch code {
        case .producerFenced, .invalidProducerEpoch, .invalidProducerIDMapping, .fencedInstanceID,
            .transactionCoordinatorFenced:
            self = .fenced
        case .illegalGeneration, .unknownMemberID, .rebalanceInProgress:
            self = .rebalanceNeeded
        case .concurrentTransactions, .unstableOffsetCommit, .requestTimedOut, .coordinatorLoadInProgress,
            .notCoordinator, .networkException:
            self = .retriable
        case .invalidTransactionState, .transactionAbortable, .outOfOrderSequenceNumber:
            self = .transactionAbortable
        case .offsetOutOfRange: self = .offsetOutOfRange
        case .unknownTopicOrPartition: self = .unknownTopic
        case .topicAlreadyExists: self = .topicExists
        case .kafkaStorageError, .corruptMessage: self = isNoSpace ? .storageFull : .storageFailed
        case .coordinatorNotAvailable: self = .closed
        default: self = .invalidRequest
        }
    }
}

/// Runs a call of the broker and says in the port's words what it refuses.
@inline(__always)
func callingBroker<Result>(_ body: () throws(BrokerError) -> Result) throws(ClusterError) -> Result {
    do { return try body() } catch { throw ClusterError(error) }
}
