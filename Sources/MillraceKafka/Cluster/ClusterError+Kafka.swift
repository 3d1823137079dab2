internal import CRdKafka
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// What the refusals of librdkafka and of the wire client mean to a user of the port. Pure.
extension ClusterError {
    init(_ error: KafkaError, partition: TopicPartition? = nil) {
        let code = Int16(exactly: error.code).flatMap { $0 > 0 ? KafkaErrorCode(rawValue: $0) : nil }
        self.init(Kind(error, code), error.message, partition: partition, code: code)
    }

    init(_ error: ClientError, partition: TopicPartition? = nil) {
        switch error {
        case .refused(let code, _, _):
            self.init(Kind(wire: code), error.description, partition: partition, code: code)
        case .unreachable, .timedOut, .badAnswer:
            self.init(.retriable, error.description, partition: partition)
        case .authentication, .unsupported:
            self.init(.fatal, error.description, partition: partition)
        }
    }
}

extension ClusterError.Kind {
    /// What a broker over the wire means by a code: there a coordinator that is not there will come back.
    init(wire code: KafkaErrorCode) {
        if KafkaErrorCode.unseating.contains(code) {
            self = .rebalanceNeeded
            return
        }
        let kind = Self(code, isNoSpace: false)
        switch kind {
        case .fenced, .rebalanceNeeded, .unknownTopic, .topicExists, .offsetOutOfRange, .transactionAbortable:
            self = kind
        default:
            self = code.isRetriable ? .retriable : KafkaErrorCode.forbidding.contains(code) ? .fatal : kind
        }
    }

    fileprivate init(_ error: KafkaError, _ code: KafkaErrorCode?) {
        if let code, KafkaErrorCode.unseating.contains(code) {
            self = .rebalanceNeeded
            return
        }
        switch error.reaction {
        case .fenced: self = .fenced
        case .abortTransaction: self = .transactionAbortable
        case .retry: self = .retriable
        case .fatal: self = .fatal
        case .report:
            if let code { self.init(wire: code) } else { self.init(local: error) }
        }
    }

    /// Codes below zero are librdkafka's own.
    private init(local error: KafkaError) {
        switch rd_kafka_resp_err_t(error.code) {
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: self = .unknownTopic
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: self = .offsetOutOfRange
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            self = .transactionAbortable
        case RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION: self = .storageFailed
        case RD_KAFKA_RESP_ERR__AUTHENTICATION: self = .fatal
        default: self = .invalidRequest
        }
    }
}

extension KafkaErrorCode {
    /// Refusals of a seat in the group. A fenced static name is among them: the membership's own thread may have taken
    /// the name anew, while the caller still commits from its old seat. Where it was another process, the membership
    /// is told at its next request, and its error is that of the next poll.
    fileprivate static let unseating: Set<KafkaErrorCode> = [
        .illegalGeneration, .unknownMemberID, .rebalanceInProgress, .fencedInstanceID,
    ]

    /// What no repetition and no restart of a task will change.
    fileprivate static let forbidding: Set<KafkaErrorCode> = [
        .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
        .transactionalIDAuthorizationFailed,
    ]
}

/// Runs a call of librdkafka and says in the port's words what it refuses.
@inline(__always)
func callingKafka<Result: ~Copyable>(_ body: () throws(KafkaError) -> Result) throws(ClusterError) -> Result {
    do { return try body() } catch { throw ClusterError(error) }
}

/// Runs a call of the wire client and says in the port's words what it refuses.
@inline(__always)
func callingClient<Result>(_ body: () throws(ClientError) -> Result) throws(ClusterError) -> Result {
    do { return try body() } catch { throw ClusterError(error) }
}
