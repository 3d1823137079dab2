internal import CRdKafka
package import MillraceCore

/// A partition and a place in it. A plain value.
package struct KafkaPosition: Hashable, Sendable {
    package var partition: TopicPartition
    /// An offset, or one of librdkafka's marks: -2 beginning, -1 end, -1000 stored, -1001 none.
    package var offset: Int64
    /// What went wrong with this one.
    package var error: KafkaError?

    package static let beginning: Int64 = -2
    package static let end: Int64 = -1
    package static let committed: Int64 = -1_000
    package static let none: Int64 = -1_001

    package init(_ partition: TopicPartition, offset: Int64 = KafkaPosition.none, error: KafkaError? = nil) {
        self.partition = partition
        self.offset = offset
        self.error = error
    }
}

/// The one owner of a `rd_kafka_topic_partition_list_t`. No I/O.
struct PartitionList: ~Copyable {
    let handle: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ positions: [KafkaPosition]) {
        handle = rd_kafka_topic_partition_list_new(Int32(positions.count))
        for position in positions {
            let entry = rd_kafka_topic_partition_list_add(
                handle, position.partition.topic, position.partition.partition)
            entry?.pointee.offset = position.offset
        }
    }

    /// Topics as a whole, for subscriptions.
    init(topics: [String]) {
        handle = rd_kafka_topic_partition_list_new(Int32(topics.count))
        for topic in topics { rd_kafka_topic_partition_list_add(handle, topic, RD_KAFKA_PARTITION_UA) }
    }

    /// Takes a list over.
    init(owning handle: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) { self.handle = handle }

    deinit { rd_kafka_topic_partition_list_destroy(handle) }

    borrowing func positions() -> [KafkaPosition] { PartitionList.read(handle) }

    static func read(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [KafkaPosition] {
        UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)).map { entry in
            KafkaPosition(
                TopicPartition(text(entry.topic), entry.partition), offset: entry.offset,
                error: entry.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(entry.err))
        }
    }
}
