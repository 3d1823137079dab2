internal import MillraceClient
internal import MillraceCluster
internal import MillraceCore

/// How much is asked for at once, and how long brokers may take over it. A plain value; pure.
struct FetchLimits: Sendable {
    /// Of one poll, over all partitions.
    var pollBytes: Int
    /// Of one answer, whose buffer is kept as long as the caller holds a part of it.
    var requestBytes: Int32
    /// Of one partition in an answer; a larger batch still comes whole.
    var partitionBytes: Int32
    var minBytes: Int32 = 1
    /// How long a broker that has nothing waits for something.
    var fetchWait: Duration = .milliseconds(50)
    /// A broker that has not answered for so long is given up.
    var requestTimeout: Duration = .seconds(30)
    /// How long a topic that is not there is asked for again.
    var propagationTime: Duration = .seconds(30)
    var isolation: IsolationLevel
    var retry = RetryPolicy()

    private static let requestBytesMax = 4 << 20

    init(pollBytes: Int, partitionBytes: Int, isolation: IsolationLevel) {
        self.pollBytes = pollBytes
        requestBytes = Int32(clamping: min(pollBytes, FetchLimits.requestBytesMax))
        self.partitionBytes = Int32(clamping: partitionBytes)
        self.isolation = isolation
    }

    init(_ configuration: ConsumerConfiguration, _ settings: NativeSettings) {
        self.init(
            pollBytes: configuration.maxPollBytes, partitionBytes: configuration.maxPartitionBytes,
            isolation: configuration.isolation)
        requestBytes = settings.fetchMaxBytes ?? requestBytes
        partitionBytes = settings.partitionMaxBytes ?? partitionBytes
        minBytes = settings.fetchMinBytes
        fetchWait = settings.fetchWait
        requestTimeout = settings.requestTimeout
        propagationTime = settings.propagationTime
    }
}
