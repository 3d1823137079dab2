internal import MillraceStores

/// What a program keeps beyond its runs, as a text to be put into version control beside it: its stores, internal
/// topics and sub-topologies. A later version of the program is compared with it before it is deployed. Pure.
///
///     let topology = try builder.build()
///     try topology.lock(partitionCounts: ["orders": 12]).text()          // write it to Topology.lock
///
///     let lock = try TopologyLock(text: contentsOfTopologyLock)
///     let plan = topology.plan(against: lock, partitionCounts: ["orders": 12])
///     print(plan)
///     if plan.isRefused { exit(1) }
public struct TopologyLock: Hashable, Sendable, Codable {
    /// One store.
    public struct Store: Hashable, Sendable, Codable {
        /// Its name, which is also that of its changelog.
        public var name: String
        /// The kind of store: `keyValue`, `window` …
        public var kind: String
        /// What leads to it, whatever it is called: the name that `TopologyNaming.structural` would give it.
        public var structure: String
        /// Type of the key's serde, where it is known.
        public var keySerde: String?
        /// Type of the value's serde, where it is known.
        public var valueSerde: String?
        /// What it is restored from: `<application id>-…-changelog`, or a table's own topic. Nil where it is lost with
        /// its task's place.
        public var changelog: String?
    }

    /// One topic between two sub-topologies.
    public struct RepartitionTopic: Hashable, Sendable, Codable {
        /// Its name without the application's id and `-repartition`.
        public var name: String
        /// What is sent through it, whatever it is called.
        public var structure: String
        /// How many partitions it has, where that is known.
        public var partitionCount: Int32?
    }

    /// Nodes that run in one task; the number is part of the task's name, and of the place of its stores.
    public struct Part: Hashable, Sendable, Codable {
        /// The sub-topology's number.
        public var id: Int
        /// The topics it reads, sorted.
        public var sources: [String]
        /// The topics it writes, sorted, as far as they are known.
        public var sinks: [String]
        /// Its stores, sorted.
        public var stores: [String]
    }

    /// The version of this format: 1.
    public var format = 1
    /// By name.
    public var stores: [Store]
    /// By name.
    public var repartitionTopics: [RepartitionTopic]
    /// By number.
    public var subtopologies: [Part]
    /// Partition counts of the topics that are read, as far as they were given.
    public var partitionCounts: [String: Int32]
}

extension Topology {
    /// What of this topology outlives a run.
    ///
    /// - Parameter external: of the topics that are read. With all of them the lock also holds the counts of the
    ///   repartition topics.
    public func lock(partitionCounts external: [String: Int32] = [:]) -> TopologyLock {
        let counts = (try? partitionCounts(external: external)) ?? [:]
        let placeholder = "<application id>"
        func text(_ topic: TopicReference) -> String { topic.name(applicationID: placeholder) }
        return TopologyLock(
            stores: stores.keys.sorted().compactMap { name in
                stores[name].map { store in
                    TopologyLock.Store(
                        name: name, kind: String("\(store.kind)".prefix { $0 != "(" }),
                        structure: names.storeStructures[name] ?? name, keySerde: store.keySerde,
                        valueSerde: store.valueSerde,
                        changelog: store.isChangelogEnabled
                            ? sourceChangelogs[name]?.topic ?? text(.changelog(name)) : nil)
                }
            },
            repartitionTopics: repartitionTopics.compactMap { topic in
                guard case .repartition(let name) = topic.reference else { return nil }
                return TopologyLock.RepartitionTopic(
                    name: name, structure: names.topicStructures[name] ?? name,
                    partitionCount: topic.partitionCount ?? counts[topic.reference])
            }.sorted { $0.name < $1.name },
            subtopologies: subtopologies.map { part in
                TopologyLock.Part(
                    id: part.id, sources: Set(part.sourceTopics.map(text)).sorted(),
                    sinks: Set(part.sinkTopics.map(text)).sorted(), stores: part.stores)
            },
            partitionCounts: external.filter { sourceTopics.contains($0.key) })
    }

    /// What becomes of the state that a program had when the lock was taken, if this topology is started in its place.
    public func plan(against lock: TopologyLock, partitionCounts: [String: Int32] = [:]) -> TopologyPlan {
        TopologyPlan.compare(lock, self, partitionCounts: partitionCounts)
    }
}
