// From the graph as described to the immutable plan: checks, numbers, sub-topologies. Pure; called once by
// `StreamsBuilder.build` on the describing thread.

extension TopologyGraph {
    func build() throws(TopologyError) -> Topology {
        if let error = errors.first { throw error }
        putParentsFirst()
        let merged = try mergedSources()
        let kept = nodesWithoutUnwantedFilters().filter { merged[ObjectIdentifier($0)] == nil }
        try checkStores(of: kept)
        for node in kept where node.takesSideOutput && node.sideParents.isEmpty {
            let message = "nothing is aggregated or joined from the windowed stream whose late records it is to give"
            throw .invalidArgument(node: node.name, message: message)
        }
        let numbers = Dictionary(uniqueKeysWithValues: kept.enumerated().map { (ObjectIdentifier($1), NodeID($0)) })
        func number(_ node: GraphNode) -> NodeID {
            numbers[ObjectIdentifier(merged[ObjectIdentifier(node)] ?? node)] ?? NodeID(-1)
        }
        let tableSources = nodes.filter(\.feedsTable).map(number)

        var planned = kept.map { node in
            TopologyNode(
                id: number(node), name: node.name, kind: node.kind,
                parents: unique((node.parents + node.sideParents).map(number)),
                children: [], stores: node.stores, feedsTable: tableSources.contains(number(node)),
                isGlobal: node.isGlobal, table: node.table, assemble: node.assemble)
        }
        for node in planned {
            for parent in node.parents { planned[parent.index].children.append(node.id) }
        }
        for node in kept {
            for parent in node.sideParents { planned[number(parent).index].sideChildren.append(number(node)) }
        }
        let used = Set(planned.flatMap(\.stores))
        return Topology(
            nodes: planned, subtopologies: Subtopology.divide(planned),
            stores: stores.filter { used.contains($0.key) },
            repartitionTopics: repartitionTopics.map { topic in
                InternalTopic(
                    reference: .repartition(topic.name), partitionCount: topic.partitionCount,
                    configuration: InternalTopic.repartitionConfiguration)
            },
            copartitionGroups: copartitioned.map { group in
                CopartitionGroup(node: group.node, topics: unique(group.sources.flatMap { $0.kind.sourceTopics }))
            })
    }

    /// A child that hangs twice under the same node gets each record once, as in Kafka Streams: `stream.merge(stream)`.
    private func unique<Item: Equatable>(_ items: [Item]) -> [Item] {
        items.reduce(into: []) { kept, item in if !kept.contains(item) { kept.append(item) } }
    }

    private func checkStores(of nodes: [GraphNode]) throws(TopologyError) {
        for node in nodes {
            for store in node.stores where stores[store] == nil {
                throw .unknownStore(node: node.name, store: store)
            }
        }
    }

    /// Null keys are dropped before a repartition topic unless a left join behind it wants them (SEMANTICS B).
    private func nodesWithoutUnwantedFilters() -> [GraphNode] {
        var removed: Set<ObjectIdentifier> = []
        for topic in repartitionTopics where leadsToNullKeys(topic.source) {
            let sink = nodes.first {
                if case .sink(.repartition(topic.name)?) = $0.kind { true } else { false }
            }
            guard let sink, let filter = sink.parents.first, filter.isNullKeyFilter else { continue }
            sink.parents = filter.parents
            removed.insert(ObjectIdentifier(filter))
        }
        return nodes.filter { !removed.contains(ObjectIdentifier($0)) }
    }

    private func leadsToNullKeys(_ start: GraphNode) -> Bool {
        var reached: Set<ObjectIdentifier> = [ObjectIdentifier(start)]
        // Children come after their parents.
        for node in nodes where node.parents.contains(where: { reached.contains(ObjectIdentifier($0)) }) {
            if node.acceptsNullKeys { return true }
            reached.insert(ObjectIdentifier(node))
        }
        return false
    }
}
