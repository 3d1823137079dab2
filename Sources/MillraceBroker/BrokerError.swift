public import MillraceCore
internal import MillraceLog

/// What a broker refuses: Kafka's code for the wire, and words for people.
public struct BrokerError: Error, Hashable, Sendable {
    public let code: KafkaErrorCode
    public let message: String
    public let partition: TopicPartition?
    /// Whether the disk was full: what was refused may be tried again once there is space.
    public let isNoSpace: Bool

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
