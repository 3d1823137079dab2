internal import CRdKafka
internal import MillraceCore

/// The one owner of a `rd_kafka_queue_t`: where a client puts what happened. Polled by one thread.
struct KafkaQueue: ~Copyable {
    let handle: OpaquePointer

    /// Takes the reference over.
    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { rd_kafka_queue_destroy(handle) }

    /// Waits at most so long; nil where nothing happened.
    borrowing func poll(timeout: Duration) -> KafkaEvent? {
        guard let event = rd_kafka_queue_poll(handle, timeout.kafkaMilliseconds) else { return nil }
        return KafkaEvent(owning: event)
    }
}

/// The one owner of a `rd_kafka_event_t`: something that happened, and the messages that it holds.
struct KafkaEvent: ~Copyable {
    enum Kind {
        case deliveries
        case fetched
        case failure(KafkaError)
        case assigned
        case revoked
        /// A partition has been read to its end (`enable.partition.eof`).
        case reachedEnd(TopicPartition)
        case other
    }
    let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { rd_kafka_event_destroy(handle) }

    var kind: Kind {
        switch rd_kafka_event_type(handle) {
        case RD_KAFKA_EVENT_DR: return .deliveries
        case RD_KAFKA_EVENT_FETCH: return .fetched
        case RD_KAFKA_EVENT_ERROR:
            if rd_kafka_event_error(handle) == RD_KAFKA_RESP_ERR__PARTITION_EOF, let partition = partition() {
                return .reachedEnd(partition)
            }
            let error = KafkaError(rd_kafka_event_error(handle), text(rd_kafka_event_error_string(handle)))
            guard rd_kafka_event_error_is_fatal(handle) != 0 else { return .failure(error) }
            return .failure(
                KafkaError(code: error.code, name: error.name, message: error.message, reaction: .fatal))
        case RD_KAFKA_EVENT_REBALANCE:
            return rd_kafka_event_error(handle) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? .assigned : .revoked
        default: return .other
        }
    }

    private borrowing func partition() -> TopicPartition? {
        guard let entry = rd_kafka_event_topic_partition(handle) else { return nil }
        defer { rd_kafka_topic_partition_destroy(entry) }
        return TopicPartition(text(entry.pointee.topic), entry.pointee.partition)
    }

    /// Calls `body` with each message; they live as long as the event.
    borrowing func forEachMessage(_ body: (borrowing KafkaMessage) -> Void) {
        while let message = rd_kafka_event_message_next(handle) {
            body(KafkaMessage(borrowing: message))
        }
    }

    /// The partitions of a rebalance or a commit.
    borrowing func partitions() -> [KafkaPosition] {
        guard let list = rd_kafka_event_topic_partition_list(handle) else { return [] }
        return PartitionList.read(list)
    }
}
