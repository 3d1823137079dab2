public import MillraceCore

/// A record in bytes: one that a test sends, or one that the topology wrote, which `TestOutputTopic` decodes.
public struct ProducedRecord: Hashable, Sendable {
    /// The topic's full name.
    public let topic: String
    /// Where it lies. In a record to be sent nil leaves the choice to the key's hash, as Kafka's producers do; records
    /// without a key take turns.
    public var partition: Int32?
    /// Nil for a null key.
    public let key: [UInt8]?
    /// Nil for a null value.
    public let value: [UInt8]?
    /// The record's timestamp.
    public let timestamp: Timestamp
    /// The record's headers.
    public let headers: Headers

    /// A record of these parts.
    public init(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, timestamp: Timestamp,
        headers: Headers = .empty
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.headers = headers
    }
}
