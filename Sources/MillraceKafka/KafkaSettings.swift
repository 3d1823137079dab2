internal import CRdKafka

/// Settings of a client under librdkafka's names (its CONFIGURATION.md). Owns a `rd_kafka_conf_t` until a client takes
/// it. No I/O; owned by one thread.
package struct KafkaSettings: ~Copyable {
    private let handle: OpaquePointer

    package init() { handle = rd_kafka_conf_new() }

    deinit { rd_kafka_conf_destroy(handle) }

    /// - Throws: `KafkaError` that names an unknown setting or what its values are.
    package mutating func set(_ name: String, _ value: String) throws(KafkaError) {
        var reason = [CChar](repeating: 0, count: 512)
        let result = rd_kafka_conf_set(handle, name, value, &reason, reason.count)
        guard result == RD_KAFKA_CONF_OK else {
            let message = reason.withUnsafeBufferPointer { text($0.baseAddress) }
            throw KafkaError(code: result.rawValue, name: "_INVALID_CONFIG", message: message, reaction: .fatal)
        }
    }

    /// Sets what only newer versions of librdkafka know; says whether this one does.
    @discardableResult
    package mutating func setIfKnown(_ name: String, _ value: String) -> Bool {
        rd_kafka_conf_set(handle, name, value, nil, 0) == RD_KAFKA_CONF_OK
    }

    /// What a setting is, by default or as it was set; nil for one that is unknown or has no value.
    borrowing func value(of name: String) -> String? {
        var size = 0
        guard rd_kafka_conf_get(handle, name, nil, &size) == RD_KAFKA_CONF_OK, size > 0 else { return nil }
        var value = [CChar](repeating: 0, count: size)
        guard rd_kafka_conf_get(handle, name, &value, &size) == RD_KAFKA_CONF_OK else { return nil }
        return value.withUnsafeBufferPointer { text($0.baseAddress) }
    }

    /// A copy that a client takes over; what librdkafka is to report comes as events, not as calls from its threads.
    func makeHandle() -> OpaquePointer {
        let copy: OpaquePointer = rd_kafka_conf_dup(handle)
        rd_kafka_conf_set_events(
            copy,
            RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT)
        return copy
    }
}

/// The version of librdkafka that is linked.
package func kafkaLibraryVersion() -> String { text(rd_kafka_version_str()) }
