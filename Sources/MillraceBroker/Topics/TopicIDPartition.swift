package import MillraceCore

/// A partition of a topic that is named by its id. Pure.
package struct TopicIDPartition: Hashable, Comparable, Sendable {
    package let topic: TopicID
    package let partition: Int32

    package init(_ topic: TopicID, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package static func < (left: TopicIDPartition, right: TopicIDPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// Partitions of one topic, as requests, answers and records list them.
package struct TopicIDPartitions: Hashable, Sendable {
    package var topic: TopicID
    package var partitions: [Int32]

    package init(topic: TopicID, partitions: [Int32]) {
        self.topic = topic
        self.partitions = partitions
    }

    /// Sorted lists: equal sets give equal lists.
    package static func lists(of partitions: some Sequence<TopicIDPartition>) -> [TopicIDPartitions] {
        var lists: [TopicIDPartitions] = []
        for partition in partitions.sorted() {
            if lists.last?.topic == partition.topic {
                lists[lists.count - 1].partitions.append(partition.partition)
            } else {
                lists.append(TopicIDPartitions(topic: partition.topic, partitions: [partition.partition]))
            }
        }
        return lists
    }

    package static func set(of lists: [TopicIDPartitions]) -> Set<TopicIDPartition> {
        var set: Set<TopicIDPartition> = []
        for list in lists {
            for partition in list.partitions { set.insert(TopicIDPartition(list.topic, partition)) }
        }
        return set
    }
}
