internal import CRdKafka
internal import MillraceBroker
internal import MillraceCore

/// Reads one partition from an offset on: librdkafka fetches ahead into a queue of its own, which is emptied here. A
/// seek makes a new reader, so that nothing of the old place can come. It has one owner, who closes it before the
/// instance goes.
struct PartitionReader: ~Copyable {
    private let topic: OpaquePointer
    private let number: Int32
    private let queue: OpaquePointer

    /// - Parameter signal: raised when records come to the empty queue; must outlive the reader.
    init(
        _ instance: OpaquePointer, topic: OpaquePointer, partition: Int32, from offset: Int64, signal: WakeSignal
    ) throws(KafkaError) {
        self.topic = topic
        number = partition
        queue = rd_kafka_queue_new(instance)
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, signal in
                guard let signal else { return }
                Unmanaged<WakeSignal>.fromOpaque(signal).takeUnretainedValue().raise()
            }, Unmanaged.passUnretained(signal).toOpaque())
        guard rd_kafka_consume_start_queue(topic, partition, offset, queue) == 0 else {
            throw KafkaError(rd_kafka_last_error())
        }
    }

    deinit {
        rd_kafka_queue_cb_event_enable(queue, nil, nil)
        rd_kafka_consume_stop(topic, number)
        rd_kafka_queue_destroy(queue)
    }

    /// Takes what has come, until the intake is full, without waiting; returns how many messages. What is left goes
    /// back to the head of the queue, so nothing may close the queue meanwhile: it would keep them, and the client
    /// would never end.
    borrowing func take(into intake: inout RecordIntake) -> Int {
        withUnsafeMutablePointer(to: &intake) { intake in
            Int(
                rd_kafka_consume_callback_queue(
                    queue, 0,
                    { message, intake in
                        guard let message, let intake = intake?.assumingMemoryBound(to: RecordIntake.self) else {
                            return
                        }
                        intake.pointee.take(message)
                        if intake.pointee.isFull { rd_kafka_yield(nil) }
                    }, intake))
        }
    }
}
