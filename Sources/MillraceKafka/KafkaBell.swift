internal import CMillraceShims
internal import CRdKafka
internal import Glibc

/// Rings when something comes into a queue of librdkafka that was empty. librdkafka itself waits in whole milliseconds;
/// who sends at times of its own (a benchmark's open loop) needs finer ones, and would else have to ask all the time.
/// Does I/O: an eventfd that librdkafka's threads raise, so it is to be closed after the client has gone. One owner,
/// waited for by one thread.
struct KafkaBell: ~Copyable {
    private let descriptor: Int32

    /// Nil where the system has no descriptor left.
    init?(on queue: borrowing KafkaQueue) {
        let event = millrace_event_make()
        guard event >= 0 else { return nil }
        descriptor = event
        // What an eventfd wants to be told.
        var one: UInt64 = 1
        rd_kafka_queue_io_event_enable(queue.handle, event, &one, MemoryLayout<UInt64>.size)
    }

    deinit { close(descriptor) }

    /// Waits for it to ring, at most so long. The queue must have been emptied before: a queue with something in it
    /// does not ring again.
    borrowing func wait(nanoseconds: UInt64) {
        guard millrace_event_wait(descriptor, Int64(clamping: nanoseconds)) != 0 else { return }
        millrace_event_clear(descriptor)
    }
}
