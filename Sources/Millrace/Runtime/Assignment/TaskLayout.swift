package import MillraceCore
internal import MillraceStores

/// Which tasks an application has and what each reads: the part of a topology that the assignment of partitions goes
/// by, with full topic names. Pure.
package struct TaskLayout: Sendable {
    struct Subtopology: Sendable {
        var id: Int
        /// Full names of the topics it reads.
        var sources: [String]
        /// Whether it has stores that can be restored, and so can be kept warm elsewhere.
        var hasState = false
    }

    /// Sorted by id.
    var subtopologies: [Subtopology]

    /// All topics that tasks read, sorted.
    var sourceTopics: [String] { Array(Set(subtopologies.flatMap(\.sources))).sorted() }

    /// How many tasks each sub-topology has: as many as its largest source has partitions (SEMANTICS J1).
    func taskCount(of subtopology: Subtopology, partitionCounts: [String: Int32]) -> Int32 {
        subtopology.sources.compactMap { partitionCounts[$0] }.max() ?? 0
    }

    /// All tasks with the partitions that each reads, in order.
    package func tasks(partitionCounts: [String: Int32]) -> [(task: TaskID, partitions: [TopicPartition])] {
        var tasks: [(task: TaskID, partitions: [TopicPartition])] = []
        for subtopology in subtopologies {
            for partition in 0..<taskCount(of: subtopology, partitionCounts: partitionCounts) {
                let partitions = subtopology.sources.sorted()
                    .filter { partition < (partitionCounts[$0] ?? 0) }.map { TopicPartition($0, partition) }
                tasks.append((TaskID(subtopology: subtopology.id, partition: partition), partitions))
            }
        }
        return tasks
    }

    /// The tasks that read `partitions`, in order. Partitions that nobody reads are left out.
    func tasks(reading partitions: [TopicPartition]) -> [(task: TaskID, partitions: [TopicPartition])] {
        var grouped: [TaskID: [TopicPartition]] = [:]
        for partition in partitions.sorted() {
            for subtopology in subtopologies where subtopology.sources.contains(partition.topic) {
                grouped[TaskID(subtopology: subtopology.id, partition: partition.partition), default: []]
                    .append(partition)
            }
        }
        return grouped.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension TaskLayout {
    package init(_ topology: Topology, applicationID: String) {
        subtopologies = topology.subtopologies.filter { !$0.isGlobal }.map { subtopology in
            Subtopology(
                id: subtopology.id,
                sources: Set(subtopology.sourceTopics.map { $0.name(applicationID: applicationID) }).sorted(),
                hasState: subtopology.stores.contains { topology.stores[$0]?.isChangelogEnabled ?? false })
        }.sorted { $0.id < $1.id }
    }
}
