/// A mistake in a topology, found when it is built or when a task is made from it. Each names the node.
public enum TopologyError: Error, Hashable, Sendable {
    /// Two nodes have one name.
    case duplicateName(String)
    /// A node names a store that was not added.
    case unknownStore(node: String, store: String)
    /// Two stores have one name.
    case duplicateStore(String)
    /// A processor forwards to a child that its node does not have.
    case unknownChild(node: String, child: String)
    /// Two nodes, or a node and a store, disagree about a type.
    case typeMismatch(node: String, expected: String, found: String)
    /// Topics that are joined must have the same number of partitions.
    case unequalPartitionCounts(node: String, counts: [String: Int32])
    /// Two nodes read one topic, which cannot share a source.
    case sourceTopicReused(topic: String, node: String)
    /// Two streams of the same topic, read differently.
    case sourcesDisagree(topic: String, nodes: [String], message: String)
    /// A topic that is read does not exist.
    case missingSourceTopic(topic: String, node: String)
    /// A step needs a serde and has none: name it in `Consumed`, `Grouped`, `Materialized` or the like.
    case missingSerde(node: String, role: String)
    /// A step was given a value that makes no sense.
    case invalidArgument(node: String, message: String)
    /// Names are required, and these stores and repartition topics have none (KIP-1111).
    case unnamedResources(stores: [String], repartitionTopics: [String])
    /// Nothing is read.
    case empty
}

extension TopologyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .duplicateName(let name):
            "two nodes are called \(name); give one of them another name"
        case .unknownStore(let node, let store):
            "node \(node) uses the store \(store), which the topology does not have; add it with addStateStore"
        case .duplicateStore(let store):
            "two stores are called \(store); give one of them another name"
        case .unknownChild(let node, let child):
            "node \(node) forwards to \(child), which is none of its children"
        case .typeMismatch(let node, let expected, let found):
            "node \(node) needs \(expected) but finds \(found)"
        case .unequalPartitionCounts(let node, let counts):
            "node \(node) joins topics with unequal partition counts: "
                + counts.sorted { $0.key < $1.key }.map { "\($0.key) has \($0.value)" }.joined(separator: ", ")
                + "; send one of them through repartition(), or give all repartition() steps the same partitions"
        case .sourceTopicReused(let topic, let node):
            "node \(node) reads topic \(topic), which another source reads already; "
                + "a topic has one table, or any number of streams"
        case .sourcesDisagree(let topic, let nodes, let message):
            "nodes \(nodes.joined(separator: " and ")) both read topic \(topic), but \(message)"
        case .missingSourceTopic(let topic, let node):
            "topic \(topic), which node \(node) reads, does not exist; create it before the application starts"
        case .missingSerde(let node, let role):
            "node \(node) has no serde for its \(role); pass one with Consumed, Grouped, Produced or Materialized"
        case .invalidArgument(let node, let message):
            "node \(node): \(message)"
        case .unnamedResources(let stores, let topics):
            "explicit names are required, but these have none: "
                + (stores.map { "store \($0)" } + topics.map { "repartition topic \($0)" }).joined(separator: ", ")
                + "; name stores with Materialized(as:), topics with Grouped(name:), Joined(name:) or "
                + "Repartitioned(name:)"
        case .empty:
            "the topology has no source; begin with StreamsBuilder.stream or table"
        }
    }
}
