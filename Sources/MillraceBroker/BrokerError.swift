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

    /// Which records of a refused batch were to blame (KIP-467): their index and why. Empty where it was not single
    /// ones.
    package private(set) var refusedRecords: [RefusedRecord] = []

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
        let refusals = error.recordRefusals
        let message = refusals.isEmpty ? "\(error)" : "the batch is refused because of \(refusals.count) of its records"
        self.init(error.code, message, partition: partition, isNoSpace: error.isNoSpace)
        refusedRecords = refusals.map { RefusedRecord(batchIndex: $0.batchIndex, message: $0.message) }
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

/// A record that made the broker refuse its batch.
package struct RefusedRecord: Hashable, Sendable {
    /// Which record of the batch, from 0.
    package var batchIndex: Int32
    package var message: String

    package init(batchIndex: Int32, message: String) {
        self.batchIndex = batchIndex
        self.message = message
    }
}

extension BrokerError: CustomStringConvertible {
    public var description: String {
        partition.map { "\(message) [\($0)] (\(code))" } ?? "\(message) (\(code))"
    }
}
