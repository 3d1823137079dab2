public import MillraceCore

/// A record as the topology wrote it, in bytes. Made by `TopicMemory`; `TestOutputTopic` decodes it.
public struct ProducedRecord: Hashable, Sendable {
    /// The topic's full name.
    public let topic: String
    /// The partition that the sink's partitioner chose; nil where it chose none. The driver has one of each topic.
    public let partition: Int32
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
        topic: String, partition: Int32 = 0, key: [UInt8]?, value: [UInt8]?, timestamp: Timestamp,
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
