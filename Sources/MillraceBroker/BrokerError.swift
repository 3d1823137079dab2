public import MillraceCore
internal import MillraceLog

/// What a broker refuses: Kafka's code for the wire, and words for people.
public struct BrokerError: Error, Hashable, Sendable {
    /// Kafka's code.
    public let code: KafkaErrorCode
    /// What happened, and where it helps what to do.
    public let message: String
    /// The partition that it concerns; nil where none.
    public let partition: TopicPartition?
    /// Whether the disk was full: what was refused may be tried again once there is space.
    public let isNoSpace: Bool

    /// An error of the broker.
    public init(
        _ code: KafkaErrorCode, _ message: String, partition: TopicPartition? = nil, isNoSpace: Bool = false
    ) {
        self.code = code
        self.message = message
        self.partition = partition
        self.isNoSpace = isNoSpace
    }

    init(_ error: LogError, partition: TopicPartition?) {
        self.init(error.code, "\(error)", partition: partition, isNoSpace: error.isNoSpace)
    }

    /// What a failed disk operation is to a client: `kafkaStorageError`.
    public init(_ error: DiskError, partition: TopicPartition? = nil) {
        self.init(.kafkaStorageError, "\(error)", partition: partition, isNoSpace: error.reason == .noSpace)
    }

    static func unknownPartition(_ partition: TopicPartition) -> BrokerError {
        BrokerError(.unknownTopicOrPartition, "there is no partition \(partition)", partition: partition)
    }

    static let closed = BrokerError(.coordinatorNotAvailable, "the broker is closed")
}

extension BrokerError: CustomStringConvertible {
    public var description: String {
        partition.map { "\(message) [\($0)] (\(code))" } ?? "\(message) (\(code))"
    }
}
