/// Nodes that are connected by edges or by shared stores, and therefore run in one task. Numbered by the names of
/// their source nodes, as in Kafka Streams. Pure.
public struct Subtopology: Hashable, Sendable {
    /// Its number: the first part of the ids of its tasks.
    public let id: Int
    /// Ascending.
    public let nodes: [NodeID]
    /// What it reads.
    public let sourceTopics: [TopicReference]
    /// Sinks whose topic is chosen record by record are missing.
    public let sinkTopics: [TopicReference]
    /// Sorted.
    public let stores: [String]
    /// Whether it keeps a global table. Such a sub-topology has no tasks: each instance runs it once, over all
    /// partitions of its topic, and all tasks read its store.
    public let isGlobal: Bool

    static func divide(_ nodes: [TopologyNode]) -> [Subtopology] {
        let roots = connectedRoots(of: nodes)
        // Source nodes first, by name: Kafka Streams numbers groups so.
        let sources = nodes.filter { !$0.kind.sourceTopics.isEmpty }.sorted { $0.name < $1.name }
        let others = nodes.filter { $0.kind.sourceTopics.isEmpty }.sorted { $0.name < $1.name }
        var numbers: [Int: Int] = [:]
        for node in sources + others where numbers[roots[node.id.index]] == nil {
            numbers[roots[node.id.index]] = numbers.count
        }
        return (0..<numbers.count).map { id in
            let members = nodes.filter { numbers[roots[$0.id.index]] == id }
            return Subtopology(
                id: id, nodes: members.map(\.id), sourceTopics: members.flatMap(\.kind.sourceTopics),
                sinkTopics: members.compactMap { if case .sink(let topic?) = $0.kind { topic } else { nil } },
                stores: Set(members.flatMap(\.stores)).sorted(), isGlobal: members.contains(where: \.isGlobal))
        }
    }

    /// For each node a number that all nodes of its group share.
    private static func connectedRoots(of nodes: [TopologyNode]) -> [Int] {
        var parent = Array(nodes.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while parent[index] != index { index = parent[index] }
            return index
        }
        var firstUser: [String: Int] = [:]
        for node in nodes {
            for other in node.parents { parent[root(node.id.index)] = root(other.index) }
            for store in node.stores {
                if let user = firstUser[store] {
                    parent[root(node.id.index)] = root(user)
                } else {
                    firstUser[store] = node.id.index
                }
            }
        }
        return nodes.indices.map(root)
    }
}
