public import MillraceStores

/// The plan of an application: nodes, how they hang together, which stores and internal topics they need. Immutable;
/// every task makes its own operators from it with `assemble`.
///
///     let builder = StreamsBuilder()
///     builder.stream("in", Consumed(key: .string, value: .string)).to("out")
///     let topology = try builder.build()
///     print(topology.description)
public struct Topology: Sendable {
    /// In the order in which they were described: children after their parents.
    public let nodes: [TopologyNode]
    /// What runs together in one task, in order of their numbers.
    public let subtopologies: [Subtopology]
    /// The stores by name.
    public let stores: [String: StoreSpecification]
    /// The topics between sub-topologies.
    public let repartitionTopics: [InternalTopic]
    /// Topics whose partitions must match, one group for each join or merge that needs it.
    public let copartitionGroups: [CopartitionGroup]
    /// Stores of tables that can be restored from the table's own topic, if that is compacted, in place of a changelog.
    public let sourceChangelogs: [String: SourceChangelog]
    /// What the names that operators were made with stand for.
    let names: FinalNames
}

/// A topic that the runtime makes.
public struct InternalTopic: Hashable, Sendable {
    /// Which topic it is.
    public let reference: TopicReference
    /// Nil: as many as the topics it is fed from (SEMANTICS J3).
    public let partitionCount: Int32?
    /// Kafka's topic configs.
    public let configuration: [String: String]

    /// SEMANTICS I3.
    static let repartitionConfiguration = [
        "cleanup.policy": "delete", "retention.ms": "-1", "segment.bytes": "52428800",
        "message.timestamp.type": "CreateTime",
    ]
}

/// Topics whose partitions must match.
public struct CopartitionGroup: Hashable, Sendable {
    /// The node that needs it, for error texts.
    public let node: String
    /// The topics, each once.
    public let topics: [TopicReference]
}

extension Topology {
    /// The external topics that are read, sorted.
    public var sourceTopics: [String] {
        nodes.flatMap(\.kind.sourceTopics).compactMap {
            if case .external(let name) = $0 { name } else { nil }
        }.sorted()
    }

    /// The sub-topologies that keep global tables.
    public var globalSubtopologies: [Subtopology] { subtopologies.filter(\.isGlobal) }

    /// The external topics that are written, as far as the plan knows them, sorted.
    public var sinkTopics: [String] {
        Set(
            nodes.compactMap {
                if case .sink(.external(let name)?) = $0.kind { name } else { nil }
            }
        ).sorted()
    }
}
