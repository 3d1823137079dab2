import Millrace
import MillraceCore

/// Which tasks a test driver runs, and how many partitions its topics have. Pure; made once by the driver.
struct TaskPlan {
    struct Entry {
        let id: TaskID
        /// Numbers of the sub-topologies that the task runs; nil for all.
        let subtopologies: [Int]?
        let partitions: [TopicPartition]
        /// Names of its stores, sorted.
        let stores: [String]
    }

    /// Sorted by id.
    let entries: [Entry]
    /// What keeps the global tables, nil where there are none. No task of the topology, but it works like one.
    let globalEntry: Entry?
    /// Of the topics that the topology reads.
    let partitionCounts: [String: Int32]
    /// Of all other topics.
    let otherCount: Int32

    /// - Throws: `TopologyError` where joined topics have unequal numbers of partitions.
    init(_ topology: Topology, _ configuration: TestDriverConfiguration) throws {
        let applicationID = configuration.applicationID
        switch configuration.partitions {
        case .single:
            let ordinary = topology.subtopologies.filter { !$0.isGlobal }
            let topics = Set(ordinary.flatMap(\.sourceTopics)).map { $0.name(applicationID: applicationID) }
            entries = [
                Entry(
                    id: TaskID(subtopology: 0, partition: 0), subtopologies: nil,
                    partitions: topics.sorted().map { TopicPartition($0, 0) },
                    stores: Set(ordinary.flatMap(\.stores)).sorted())
            ]
            partitionCounts = [:]
            otherCount = 1
        case .counts(let given, let others):
            precondition(others > 0 && given.values.allSatisfy { $0 > 0 }, "a topic of no partition in \(given)")
            let external = Dictionary(topology.sourceTopics.map { ($0, given[$0] ?? others) }) { first, _ in first }
            let derived = try topology.partitionCounts(external: external)
            var counts = given
            for (topic, count) in derived { counts[topic.name(applicationID: applicationID)] = count }
            let storesOfSubtopology = Dictionary(
                uniqueKeysWithValues: topology.subtopologies.map { ($0.id, $0.stores) })
            entries = TaskLayout(topology, applicationID: applicationID).tasks(partitionCounts: counts).map {
                Entry(
                    id: $0.task, subtopologies: [$0.task.subtopology], partitions: $0.partitions,
                    stores: storesOfSubtopology[$0.task.subtopology] ?? [])
            }
            // A changelog has a partition for each task of its store.
            for entry in entries {
                for store in entry.stores {
                    let changelog = TopicReference.changelog(store).name(applicationID: applicationID)
                    counts[changelog] = max(counts[changelog] ?? 0, entry.id.partition + 1)
                }
            }
            partitionCounts = counts
            otherCount = others
        }
        globalEntry = TaskPlan.globalEntry(of: topology, applicationID: applicationID) {
            [partitionCounts, otherCount] in
            partitionCounts[$0] ?? otherCount
        }
    }

    private static func globalEntry(
        of topology: Topology, applicationID: String, partitionCount: (String) -> Int32
    ) -> Entry? {
        let globals = topology.globalSubtopologies
        guard let first = globals.first else { return nil }
        let topics = globals.flatMap(\.sourceTopics).map { $0.name(applicationID: applicationID) }
        return Entry(
            id: TaskID(subtopology: first.id, partition: 0), subtopologies: globals.map(\.id),
            partitions: topics.sorted().flatMap { topic in
                (0..<partitionCount(topic)).map { TopicPartition(topic, $0) }
            },
            stores: globals.flatMap(\.stores).sorted())
    }
}
