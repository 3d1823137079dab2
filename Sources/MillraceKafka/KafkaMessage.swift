internal import CRdKafka
package import MillraceCore

/// A record that came from a broker, or the report of one that was sent. A view of a `rd_kafka_message_t` that its
/// event or batch owns; it cannot leave the closure it is given to.
package struct KafkaMessage: ~Copyable {
    private let message: UnsafePointer<rd_kafka_message_t>

    init(borrowing message: UnsafePointer<rd_kafka_message_t>) { self.message = message }

    /// Why the record was not delivered, or what a partition that is read reports.
    package var error: KafkaError? {
        let code = message.pointee.err
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(code, text(rd_kafka_message_errstr(message)))
    }

    /// Whether there is an `error`.
    var hasFailed: Bool { message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR }

    package var partition: TopicPartition {
        TopicPartition(text(rd_kafka_topic_name(message.pointee.rkt)), message.pointee.partition)
    }

    package var partitionNumber: Int32 { message.pointee.partition }

    /// Negative where the broker did not tell.
    package var offset: Int64 { message.pointee.offset }

    package var timestamp: Timestamp? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : Timestamp(time)
    }

    /// Whether the timestamp is the broker's.
    package var usesLogAppendTime: Bool {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        _ = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME
    }

    /// What was given to `send` with the record.
    package var tag: Int { Int(bitPattern: message.pointee._private) }

    package var valueByteCount: Int { message.pointee.len }
    package var keyByteCount: Int { message.pointee.key_len }

    /// Nil for null.
    package var key: [UInt8]? { bytes(message.pointee.key, message.pointee.key_len) }
    /// Nil for null.
    package var value: [UInt8]? { bytes(message.pointee.payload, message.pointee.len) }

    /// The first eight bytes of the value as a number, big-endian; nil where it is shorter. For benchmarks.
    package var leadingInteger: UInt64? {
        guard let start = message.pointee.payload, message.pointee.len >= 8 else { return nil }
        return UInt64(bigEndian: start.loadUnaligned(as: UInt64.self))
    }

    package var headers: [Header] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return [] }
        var headers: [Header] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            headers.append(Header(text(name), bytes(value, size)))
        }
        return headers
    }

    private func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: count)) }
    }
}
