internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Checks the user's topics and makes the internal ones, before the threads start. Calls the cluster; on the thread
/// that starts the application.
struct InternalTopics {
    let topology: Topology
    let applicationID: String
    let admin: any ClusterAdmin

    /// - Throws: `TopologyError` for a missing topic or unequal counts, `StreamsError` where an internal topic does not
    ///   fit the topology any more (SEMANTICS J1), `ClusterError`.
    func prepare() throws {
        var external: [String: Int32] = [:]
        for topic in topology.sourceTopics { external[topic] = try admin.describeTopic(topic)?.partitionCount }
        let counts = try topology.partitionCounts(external: external)
        for topic in topology.sinkTopics where try admin.describeTopic(topic) == nil {
            throw StreamsError(
                .invalidTopology, "topic \(topic), which the topology writes, does not exist; create it first")
        }
        for topic in topology.repartitionTopics {
            try ensure(topic.reference, counts[topic.reference] ?? 1, topic.configuration)
        }
        for subtopology in topology.subtopologies {
            let tasks = subtopology.sourceTopics.compactMap { counts[$0] }.max() ?? 0
            for name in subtopology.stores {
                guard let store = topology.stores[name], store.isChangelogEnabled, tasks > 0 else { continue }
                try ensure(.changelog(name), tasks, store.changelogConfiguration)
            }
        }
    }

    private func ensure(
        _ reference: TopicReference, _ partitionCount: Int32, _ configuration: [String: String]
    ) throws {
        let name = reference.name(applicationID: applicationID)
        if try !isThere(name, partitionCount) {
            do {
                try admin.createTopic(
                    TopicSpecification(name: name, partitionCount: partitionCount, configuration: configuration))
            } catch  where error.kind == .topicExists {
                // Another instance was faster.
                _ = try isThere(name, partitionCount)
            }
        }
    }

    private func isThere(_ name: String, _ partitionCount: Int32) throws -> Bool {
        guard let found = try admin.describeTopic(name) else { return false }
        guard found.partitionCount == partitionCount else {
            throw StreamsError(
                .invalidTopology,
                "internal topic \(name) has \(found.partitionCount) partitions, but the topology needs "
                    + "\(partitionCount): the sources' partition counts or the topology have changed. Keys would land "
                    + "on other partitions than their state; use a new application id, or reset the application")
        }
        return true
    }
}
