internal import CRdKafka

/// Wakes librdkafka's threads that fetch, where they need it. Before version 2.2 a thread that finds the queue of a
/// partition full looks again up to a second later, however soon it is emptied; the reader stands still meanwhile.
/// Later versions have `fetch.queue.backoff.ms`.
///
/// Of librdkafka's calls the one that sets SASL's credentials wakes the threads, asks the brokers nothing, and drops
/// nothing that was fetched (pausing and seeking do). It is given the credentials that are set already. Owned by the
/// consumer's thread; no I/O.
struct FetchWaker {
    /// What a partition's queue holds before no more is fetched for it.
    let limits: PrefetchLimits
    private let user: String
    private let password: String

    /// Nil where the threads wake up by themselves.
    init?(_ settings: borrowing KafkaSettings) {
        guard rd_kafka_version() < 0x0202_0000 else { return nil }
        limits = PrefetchLimits(
            messages: settings.value(of: "queued.min.messages").flatMap { Int($0) } ?? 1,
            bytes: (settings.value(of: "queued.max.messages.kbytes").flatMap { Int($0) } ?? 1) * 1_024)
        user = settings.value(of: "sasl.username") ?? ""
        password = settings.value(of: "sasl.password") ?? ""
    }

    func wake(_ instance: borrowing KafkaInstance) {
        if let error = rd_kafka_sasl_set_credentials(instance.handle, user, password) {
            rd_kafka_error_destroy(error)
        }
    }
}

/// Says when a queue that may have been full has room again, from what is taken out of it alone. A plain value; pure.
///
/// A queue that is full holds as much as the limit. Whoever takes half a limit at a time has to do so twice to empty
/// it, and by the second time at the latest there is room.
package struct PrefetchLimits {
    package let messages: Int
    package let bytes: Int

    package init(messages: Int, bytes: Int) {
        self.messages = messages
        self.bytes = bytes
    }

    /// What was taken out of one queue since its thread was last woken.
    package struct Taken {
        private var messages = 0
        private var bytes = 0

        package init() {}

        /// Whether the thread is to be woken.
        package mutating func add(messages: Int, bytes: Int, _ limits: PrefetchLimits) -> Bool {
            self.messages += messages
            self.bytes += bytes
            guard self.messages * 2 >= limits.messages || self.bytes * 2 >= limits.bytes else { return false }
            self = Taken()
            return messages > 0
        }
    }
}
