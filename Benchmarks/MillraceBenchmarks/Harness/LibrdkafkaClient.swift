import CRdKafka
import Glibc
import MillraceCore

/// A client of librdkafka's C interface with one topic, for `CeilingCase`. Owned by one thread.
final class LibrdkafkaClient {
    let handle: OpaquePointer
    let topic: OpaquePointer
    private let queue: OpaquePointer

    /// - Parameter settings: go before those of the port.
    init(isProducer: Bool, servers: String, topic name: String, settings given: [String: String]) throws {
        let settings =
            [("bootstrap.servers", servers)]
            + (isProducer ? LibrdkafkaClient.producerSettings : LibrdkafkaClient.consumerSettings)
            + given.map { ($0.key, $0.value) }
        let configuration: OpaquePointer = rd_kafka_conf_new()
        for (name, value) in settings {
            guard rd_kafka_conf_set(configuration, name, value, nil, 0) == RD_KAFKA_CONF_OK else {
                throw WrongResult(description: "librdkafka does not take \(name) = \(value)")
            }
        }
        rd_kafka_conf_set_events(configuration, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        let type = isProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let handle = rd_kafka_new(type, configuration, nil, 0), let topic = rd_kafka_topic_new(handle, name, nil)
        else { throw WrongResult(description: "librdkafka makes no client") }
        self.handle = handle
        self.topic = topic
        queue = rd_kafka_queue_get_main(handle)
    }

    deinit {
        rd_kafka_queue_destroy(queue)
        rd_kafka_topic_destroy(topic)
        rd_kafka_destroy(handle)
    }

    // As RecordReader and KafkaClusterProducer set them.
    private static let consumerSettings = [
        ("isolation.level", "read_committed"), ("enable.auto.commit", "false"), ("auto.offset.reset", "error"),
        ("fetch.wait.max.ms", "50"), ("queued.min.messages", "1000000"), ("queued.max.messages.kbytes", "32768"),
        ("check.crcs", "true"),
    ]
    private static let producerSettings = [
        ("enable.idempotence", "true"), ("acks", "all"), ("linger.ms", "50"),
        ("queue.buffering.max.messages", "1000000"), ("queue.buffering.max.kbytes", "262144"),
        ("transactional.id", "millrace-benchmark-\(getpid())"),
    ]

    /// Takes what was told of deliveries; says whether it was anything.
    @discardableResult
    func takeReports(milliseconds: Int32 = 0) -> Bool {
        guard let event = rd_kafka_queue_poll(queue, milliseconds) else { return false }
        defer { rd_kafka_event_destroy(event) }
        while let message = rd_kafka_event_message_next(event) {
            if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR { failures += 1 }
        }
        return true
    }

    private var failures = 0

    func commit() throws {
        _ = rd_kafka_flush(handle, 0)
        while rd_kafka_outq_len(handle) > 0 { takeReports(milliseconds: 50) }
        try check(rd_kafka_commit_transaction(handle, 60_000))
        if failures > 0 { throw WrongResult(description: "\(failures) records were not delivered") }
    }

    func check(_ error: OpaquePointer?) throws {
        guard let error else { return }
        defer { rd_kafka_error_destroy(error) }
        throw WrongResult(description: String(cString: rd_kafka_error_string(error)))
    }
}
