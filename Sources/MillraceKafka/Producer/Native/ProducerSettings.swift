internal import MillraceBroker
internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// How `NativeProducer` sends: what it honours of librdkafka's settings for producers, with its own defaults. A plain
/// value; pure.
struct ProducerSettings: Hashable, Sendable {
    var compression = Compression.none
    /// A batch that is not acknowledged for so long is given up.
    var deliveryTimeout = Duration.seconds(120)
    /// How long a leader may wait for its replicas.
    var replicationTimeout = Duration.seconds(30)
    /// A broker that does not answer for so long is given up.
    var requestTimeout = Duration.seconds(30)
    /// Brokers remember five batches of a producer.
    var requestsPerBroker = 5
    var requestBytes = 1_000_000
    /// With more than these, `send` waits for answers.
    var bufferBytes = 16 << 20
    /// Within a transaction, batches wait for others until they come to so many bytes, or for the commit.
    var holdBytes = 256 << 10
    var firstRetry = Duration.milliseconds(20)
    var longestRetry = Duration.seconds(1)
    /// How long a partition that was there, and that brokers do not know now, is waited for.
    var propagationTime = Duration.seconds(30)
    /// How long one that was never seen is.
    var unseenTopicTimeout = Duration.seconds(2)

    /// Brokers may speak a newer version of transactions than this.
    var newestTransactions = TransactionVersion.v2

    /// Takes a setting. Some mean nothing to a client that sends what its caller has put together, and are passed over:
    /// how long records wait to become a batch, how many those may be; retries end with the delivery's time-out only.
    ///
    /// - Returns: false where the name is not one for producers.
    mutating func take(_ name: String, _ value: String) throws(ClusterError) -> Bool {
        func number(_ range: ClosedRange<Int64>) throws(ClusterError) -> Int64 {
            guard let number = Int64(value), range.contains(number) else {
                throw ClusterError(
                    .invalidRequest, "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \(value)"
                )
            }
            return number
        }
        switch name {
        case "compression.type", "compression.codec": compression = try ProducerSettings.codec(named: value)
        case "delivery.timeout.ms", "message.timeout.ms":
            // 0 is for ever.
            let given = try number(0...2_147_483_647)
            deliveryTimeout = .milliseconds(given == 0 ? 2_147_483_647 : given)
        case "request.timeout.ms": replicationTimeout = .milliseconds(try number(1...900_000))
        case "max.in.flight.requests.per.connection", "max.in.flight": requestsPerBroker = Int(try number(1...5))
        case "message.max.bytes": requestBytes = Int(try number(1_000...1_000_000_000))
        case "queue.buffering.max.kbytes": bufferBytes = Int(try number(64...2_097_151)) << 10
        case "retry.backoff.ms": firstRetry = .milliseconds(try number(1...300_000))
        case "retry.backoff.max.ms": longestRetry = .milliseconds(try number(1...300_000))
        case "linger.ms", "queue.buffering.max.ms", "batch.size", "batch.num.messages", "retries",
            "message.send.max.retries", "queue.buffering.max.messages":
            break
        default: return false
        }
        return true
    }

    private static func codec(named name: String) throws(ClusterError) -> Compression {
        guard let codec = Compression.allCases.first(where: { "\($0)" == name }) else {
            let known = Compression.allCases.map { "\($0)" }.joined(separator: ", ")
            throw ClusterError(.invalidRequest, "compression.type is one of \(known), not \(name)")
        }
        return codec
    }

    var limits: ProduceQueue.Limits {
        var limits = ProduceQueue.Limits()
        limits.ordersPerBroker = requestsPerBroker
        limits.orderBytes = requestBytes
        limits.requestTimeout = requestTimeout
        limits.missingTimeout = propagationTime
        limits.retry.first = firstRetry
        limits.retry.longest = longestRetry
        return limits
    }
}
