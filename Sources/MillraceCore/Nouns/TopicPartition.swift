/// One partition of a topic. Partitions are numbered from 0.
public struct TopicPartition: Hashable, Sendable {
    /// The topic's name.
    public let topic: String
    /// The number of the partition, from 0.
    public let partition: Int32

    /// This partition of this topic.
    @inlinable
    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension TopicPartition: Comparable {
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        left.topic == right.topic ? left.partition < right.partition : left.topic < right.topic
    }
}

extension TopicPartition: CustomStringConvertible {
    /// `topic-partition`, as Kafka writes it and names the directory.
    public var description: String { "\(topic)-\(partition)" }
}
