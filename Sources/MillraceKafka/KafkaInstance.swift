internal import CRdKafka

/// The one owner of a `rd_kafka_t`: a client with its threads and connections. Does I/O. It may be used from any
/// thread, by one at a time. Closing waits for its threads; what was not flushed is lost.
struct KafkaInstance: ~Copyable {
    let handle: OpaquePointer

    init(_ type: rd_kafka_type_t, _ settings: borrowing KafkaSettings) throws(KafkaError) {
        let configuration = settings.makeHandle()
        var reason = [CChar](repeating: 0, count: 512)
        guard let handle = rd_kafka_new(type, configuration, &reason, reason.count) else {
            // Only where this fails the settings are still ours.
            rd_kafka_conf_destroy(configuration)
            let message = reason.withUnsafeBufferPointer { text($0.baseAddress) }
            throw KafkaError(
                code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue, name: "_INVALID_ARG", message: message, reaction: .fatal)
        }
        self.handle = handle
    }

    // A consumer that wants to leave its group is closed by its owner, who also serves what comes of it.
    deinit { rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }

    /// An error after which the client is of no use, where there is one.
    borrowing func lastingError() -> KafkaError? {
        var reason = [CChar](repeating: 0, count: 512)
        let code = rd_kafka_fatal_error(handle, &reason, reason.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        let error = KafkaError(code, reason.withUnsafeBufferPointer { text($0.baseAddress) })
        return KafkaError(
            code: error.code, name: error.name, message: error.message,
            reaction: error.reaction == .fenced ? .fenced : .fatal)
    }
}
