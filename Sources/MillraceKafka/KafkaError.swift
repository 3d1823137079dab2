internal import CRdKafka

/// What librdkafka refuses, and how one may go on. A plain value; the C error it came from is gone.
package struct KafkaError: Error, Hashable, Sendable {
    /// What a caller can do about it.
    package enum Reaction: Hashable, Sendable {
        /// Nothing but to report it: this operation failed, the next may succeed.
        case report
        /// Try the same again.
        case retry
        /// Abort the transaction; the producer goes on with the next one (KIP-1050).
        case abortTransaction
        /// A newer producer or member has taken the place of this one: close it.
        case fenced
        /// This client is of no use any more: close it.
        case fatal
    }

    /// Kafka's error code, or a negative one of librdkafka's own.
    package let code: Int32
    /// As librdkafka calls it, `_TIMED_OUT`.
    package let name: String
    /// For people.
    package let message: String
    package let reaction: Reaction

    package init(code: Int32, name: String, message: String, reaction: Reaction) {
        self.code = code
        self.name = name
        self.message = message
        self.reaction = reaction
    }

    /// Takes an error over from librdkafka and frees it.
    init(consuming error: OpaquePointer) {
        defer { rd_kafka_error_destroy(error) }
        let code = rd_kafka_error_code(error)
        let reaction: Reaction =
            KafkaError.isFencing(code)
            ? .fenced
            : rd_kafka_error_is_fatal(error) != 0
                ? .fatal
                : rd_kafka_error_txn_requires_abort(error) != 0
                    ? .abortTransaction : rd_kafka_error_is_retriable(error) != 0 ? .retry : .report
        self.init(
            code: code.rawValue, name: text(rd_kafka_error_name(error)), message: text(rd_kafka_error_string(error)),
            reaction: reaction)
    }

    /// - Parameter detail: what is known beyond the code.
    init(_ code: rd_kafka_resp_err_t, _ detail: String = "") {
        let reaction: Reaction =
            KafkaError.isFencing(code)
            ? .fenced
            : code == RD_KAFKA_RESP_ERR__FATAL
                ? .fatal : KafkaError.isPassing(code) ? .retry : .report
        let told = text(rd_kafka_err2str(code))
        self.init(
            code: code.rawValue, name: text(rd_kafka_err2name(code)),
            message: detail.isEmpty ? told : "\(told): \(detail)", reaction: reaction)
    }

    package var isTimeout: Bool {
        code == RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT.rawValue
    }

    /// Whether the local queue is full: poll, then try again.
    package var isQueueFull: Bool { code == RD_KAFKA_RESP_ERR__QUEUE_FULL.rawValue }

    /// Whether no broker could be reached or understood.
    package var isConnection: Bool {
        [
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL,
        ].contains { $0.rawValue == code }
    }

    private static func isFencing(_ code: rd_kafka_resp_err_t) -> Bool {
        [
            RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
            RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
        ].contains(code)
    }

    private static func isPassing(_ code: rd_kafka_resp_err_t) -> Bool {
        [
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__QUEUE_FULL,
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
        ].contains(code)
    }
}

extension KafkaError: CustomStringConvertible {
    package var description: String { "\(message) (\(name))" }
}

/// A text that librdkafka owns; the empty one for null.
func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

/// Throws what a call reported.
func check(_ code: rd_kafka_resp_err_t, _ detail: String = "") throws(KafkaError) {
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, detail) }
}

/// Throws what a call gave back, and frees it.
func check(consuming error: OpaquePointer?) throws(KafkaError) {
    if let error { throw KafkaError(consuming: error) }
}

extension Duration {
    /// As librdkafka's calls take it.
    var kafkaMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(
            clamping: seconds.multipliedReportingOverflow(by: 1_000).partialValue
                + attoseconds / 1_000_000_000_000_000)
    }
}
