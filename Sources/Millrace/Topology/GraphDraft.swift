/// The graph as `build` changes it on the way to the plan: nodes taken out and hung elsewhere. The graph itself stays
/// as it was described, since it can be built again. Pure.
struct GraphDraft {
    private(set) var nodes: [GraphNode]
    private(set) var repartitionTopics: [RepartitionTopic]
    private var parents: [ObjectIdentifier: [GraphNode]] = [:]
    private var replacements: [ObjectIdentifier: GraphNode] = [:]

    init(nodes: [GraphNode], repartitionTopics: [RepartitionTopic]) {
        self.nodes = nodes
        self.repartitionTopics = repartitionTopics
    }

    /// The node that does the work of this one: itself, unless it was replaced.
    func current(_ node: GraphNode) -> GraphNode {
        var node = node
        while let next = replacements[ObjectIdentifier(node)] { node = next }
        return node
    }

    func parents(of node: GraphNode) -> [GraphNode] { (parents[ObjectIdentifier(node)] ?? node.parents).map(current) }

    func sideParents(of node: GraphNode) -> [GraphNode] { node.sideParents.map(current) }

    mutating func hang(_ node: GraphNode, below newParents: [GraphNode]) {
        parents[ObjectIdentifier(node)] = newParents
    }

    mutating func hang(_ node: GraphNode, below newParent: GraphNode, insteadOf old: GraphNode) {
        hang(node, below: parents(of: node).map { $0 === old ? newParent : $0 })
    }

    /// Takes a node out; what hung below it hangs below `other`.
    mutating func replace(_ node: GraphNode, by other: GraphNode) {
        replacements[ObjectIdentifier(node)] = other
        nodes.removeAll { $0 === node }
    }

    /// Takes a node out below which nothing hangs.
    mutating func remove(_ node: GraphNode) { nodes.removeAll { $0 === node } }

    mutating func removeTopic(_ name: String) { repartitionTopics.removeAll { $0.name == name } }

    /// The nodes right below each, in order.
    func children() -> [ObjectIdentifier: [GraphNode]] {
        var children: [ObjectIdentifier: [GraphNode]] = [:]
        for node in nodes {
            for parent in parents(of: node) + sideParents(of: node) {
                children[ObjectIdentifier(parent), default: []].append(node)
            }
        }
        return children
    }

    /// The node that writes a repartition topic, where there is exactly one.
    func sink(of topic: String) -> GraphNode? {
        let sinks = nodes.filter {
            if case .sink(let written?) = $0.kind { written.repartitionName == topic } else { false }
        }
        return sinks.count == 1 ? sinks[0] : nil
    }

    /// Moves nodes behind their parents, where these were described later (side outputs) or have been hung elsewhere;
    /// the order of all others stays.
    mutating func putParentsFirst() {
        var placed: Set<ObjectIdentifier> = []
        var ordered: [GraphNode] = []
        var waiting = nodes
        while !waiting.isEmpty {
            let count = waiting.count
            waiting = waiting.filter { node in
                let above = parents(of: node) + sideParents(of: node)
                let isReady = above.allSatisfy { placed.contains(ObjectIdentifier($0)) }
                if isReady {
                    placed.insert(ObjectIdentifier(node))
                    ordered.append(node)
                }
                return !isReady
            }
            precondition(waiting.count < count, "nodes \(waiting.map(\.name)) are their own ancestors")
        }
        nodes = ordered
    }

    // MARK: Null keys

    /// Null keys are dropped before a repartition topic unless a left join behind it wants them (SEMANTICS B).
    mutating func dropUnwantedFilters() {
        for topic in repartitionTopics where leadsToNullKeys(topic.source) {
            guard let sink = sink(of: topic.name), let filter = parents(of: sink).first, filter.isNullKeyFilter
            else { continue }
            hang(sink, below: parents(of: filter))
            remove(filter)
        }
    }

    /// As in Kafka Streams, also through other internal topics.
    private func leadsToNullKeys(_ start: GraphNode) -> Bool {
        var reached: Set<ObjectIdentifier> = [ObjectIdentifier(start)]
        var topics: Set<TopicReference> = []
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for node in nodes where !reached.contains(ObjectIdentifier(node)) && isBelow(node, reached, topics) {
                if node.acceptsNullKeys { return true }
                reached.insert(ObjectIdentifier(node))
                if case .sink(let topic?) = node.kind, topic.repartitionName != nil { topics.insert(topic) }
                isGrowing = true
            }
        }
        return false
    }

    private func isBelow(_ node: GraphNode, _ reached: Set<ObjectIdentifier>, _ topics: Set<TopicReference>) -> Bool {
        if case .source(let read) = node.kind { return read.contains { topics.contains($0) } }
        return parents(of: node).contains { reached.contains(ObjectIdentifier($0)) }
    }
}
