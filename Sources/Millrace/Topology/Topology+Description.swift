internal import MillraceStores

// The plan as text: in the shape of Kafka Streams' `Topology.describe()`, and as a Mermaid flow chart. Pure.

extension Topology: CustomStringConvertible {
    /// The text that Kafka Streams' `describe()` gives for the same program.
    public var description: String {
        let neighbours = DescribedNeighbours(nodes)
        let sizes = neighbours.sizes
        var text = "Topologies:\n "
        for subtopology in subtopologies {
            let isGlobal = subtopology.isGlobal
            let note = isGlobal ? " for global store (will not generate tasks)" : ""
            text += "  Sub-topology: \(subtopology.id)\(note)\n"
            for id in sorted(subtopology.nodes, by: sizes) { text += "    \(describe(nodes[id.index], neighbours))\n" }
            if !isGlobal { text += "\n" }
        }
        return text
    }

    private func describe(_ node: TopologyNode, _ neighbours: DescribedNeighbours) -> String {
        let successors = "\n      --> \(names(neighbours.successors[node.id.index]))"
        let predecessors = "\n      <-- \(names(neighbours.predecessors[node.id.index]))"
        switch node.kind {
        case .source(let topics):
            return "Source: \(node.name) (topics: [\(topics.map(\.described).joined(separator: ", "))])" + successors
        case .processor:
            let shown = node.stores.filter { stores[$0]?.isAuxiliary != true }.sorted().joined(separator: ", ")
            return "Processor: \(node.name) (stores: [\(shown)])" + successors + predecessors
        case .sink(let topic):
            let target = topic.map { "topic: \($0.described)" } ?? "topic chosen by record"
            return "Sink: \(node.name) (\(target))" + predecessors
        }
    }

    private func names(_ ids: [NodeID]) -> String {
        ids.isEmpty ? "none" : ids.map { nodes[$0.index].name }.joined(separator: ", ")
    }

    /// Nodes with more nodes below them first, then by name.
    private func sorted(_ ids: [NodeID], by sizes: [Int]) -> [NodeID] {
        ids.sorted {
            sizes[$0.index] == sizes[$1.index]
                ? nodes[$0.index].name < nodes[$1.index].name : sizes[$0.index] > sizes[$1.index]
        }
    }

    /// A Mermaid flow chart: topics as stadiums, stores as cylinders, one box per sub-topology.
    public var mermaid: String {
        var lines = ["flowchart TD"]
        var topics: [String] = []
        func topicID(_ topic: TopicReference) -> String {
            if let index = topics.firstIndex(of: topic.described) { return "t\(index)" }
            topics.append(topic.described)
            return "t\(topics.count - 1)"
        }
        var edges: [String] = []
        for subtopology in subtopologies {
            lines.append("    subgraph s\(subtopology.id)[\"Sub-topology \(subtopology.id)\"]")
            for id in subtopology.nodes {
                let node = nodes[id.index]
                lines.append("        n\(id.index)[\"\(node.name)\"]")
                edges += node.children.map { "    n\(id.index) --> n\($0.index)" }
                for topic in node.kind.sourceTopics { edges.append("    \(topicID(topic)) --> n\(id.index)") }
                if case .sink(let topic?) = node.kind { edges.append("    n\(id.index) --> \(topicID(topic))") }
                for store in node.stores {
                    let index = subtopology.stores.firstIndex(of: store) ?? 0
                    edges.append("    n\(id.index) -.- s\(subtopology.id)_\(index)")
                }
            }
            for (index, store) in subtopology.stores.enumerated() {
                lines.append("        s\(subtopology.id)_\(index)[(\"\(store)\")]")
            }
            lines.append("    end")
        }
        lines += topics.enumerated().map { "    t\($0.offset)([\"\($0.element)\"])" }
        return (lines + edges).joined(separator: "\n") + "\n"
    }
}

/// The order in which Kafka Streams' `describe()` names a node's parents and children: each is put in before those that
/// have fewer nodes below them, or as many and a greater name, by what is known of them at that moment. So of equal
/// parents the first comes first. Pure.
private struct DescribedNeighbours {
    private(set) var predecessors: [[NodeID]]
    private(set) var successors: [[NodeID]]
    /// How many nodes hang below each, itself included.
    private(set) var sizes: [Int]
    private let nodes: [TopologyNode]

    init(_ nodes: [TopologyNode]) {
        self.nodes = nodes
        predecessors = nodes.map { _ in [] }
        successors = predecessors
        sizes = nodes.map { _ in 1 }
        for node in nodes {
            for parent in node.parents {
                predecessors[node.id.index] = inserting(parent, into: predecessors[node.id.index])
                successors[parent.index] = inserting(node.id, into: successors[parent.index])
                grow(parent)
            }
        }
    }

    private func inserting(_ id: NodeID, into ids: [NodeID]) -> [NodeID] {
        let place = ids.firstIndex { other in
            sizes[id.index] == sizes[other.index]
                ? nodes[id.index].name < nodes[other.index].name : sizes[id.index] > sizes[other.index]
        }
        var ids = ids
        ids.insert(id, at: place ?? ids.count)
        return ids
    }

    private mutating func grow(_ id: NodeID) {
        sizes[id.index] += 1
        for parent in predecessors[id.index] { grow(parent) }
    }
}

extension TopicReference {
    /// Without the application's id, as `describe()` shows internal topics.
    fileprivate var described: String {
        switch self {
        case .external(let name): name
        case .repartition(let name): "\(name)-repartition"
        case .subscription(let name): "\(name)-topic"
        case .changelog(let store): "\(store)-changelog"
        }
    }
}
