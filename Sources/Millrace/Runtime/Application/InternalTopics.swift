internal import MillraceCluster
internal import MillraceCore
internal import MillraceStores

/// Checks the user's topics and makes the internal ones, before the threads start. Calls the cluster; on the thread
/// that starts the application.
struct InternalTopics {
    let topology: Topology
    let applicationID: String
    let admin: any ClusterAdmin
    /// Whether tables keep their records' own timestamps, which can then be had from their topics again.
    let keepsTimestamps: Bool

    /// - Throws: `TopologyError` for a missing topic or unequal counts, `StreamsError` where an internal topic does not
    ///   fit the topology any more (SEMANTICS J1), `ClusterError`.
    /// - Returns: the stores that are restored from their table's topic and have no changelog.
    func prepare() throws -> [String: SourceChangelog] {
        var reused: [String: SourceChangelog] = [:]
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
                if keepsTimestamps, let source = topology.sourceChangelogs[name], try canRestore(name, from: source) {
                    reused[name] = source
                    continue
                }
                try ensure(.changelog(name), tasks, store.changelogConfiguration)
            }
        }
        return reused
    }

    /// Whether a table's topic keeps what its store must be restored from: all of it compacted, nothing deleted by age.
    /// A store that has a changelog already goes on with it, since its place on disk counts that topic's offsets.
    private func canRestore(_ store: String, from source: SourceChangelog) throws -> Bool {
        let changelog = TopicReference.changelog(store).name(applicationID: applicationID)
        if try admin.describeTopic(changelog) != nil { return false }
        guard let topic = try admin.describeTopic(source.topic) else { return false }
        let policy = topic.configuration["cleanup.policy"] ?? "delete"
        if policy == "compact" { return true }
        let partitions = (0..<topic.partitionCount).map { TopicPartition(source.topic, $0) }
        guard try admin.committedOffsets(group: applicationID, partitions: partitions).isEmpty else {
            throw StreamsError(
                .invalidTopology,
                """
                the table of \(source.topic) has a store, \(store), without a changelog, and the topic's \
                cleanup.policy is \(policy): what the application has read of it before cannot be restored. Set the \
                policy to compact, or read the topic from its beginning under another application id
                """)
        }
        return false
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
