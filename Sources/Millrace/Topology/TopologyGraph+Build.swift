internal import MillraceStores

// From the graph as described to the immutable plan: checks, numbers, sub-topologies. Pure; called once by
// `StreamsBuilder.build` on the describing thread.

extension TopologyGraph {
    func build() throws(TopologyError) -> Topology {
        if let error = errors.first { throw error }
        spareTombstones()
        let described = try draft()
        let draft = optimized(described)
        let kept = draft.nodes
        try checkStores(of: kept)
        for node in kept where node.takesSideOutput && node.sideParents.isEmpty {
            let message = "nothing is aggregated or joined from the windowed stream whose late records it is to give"
            throw .invalidArgument(node: node.name, message: message)
        }
        // Before topics are merged: a step put in between two that share a topic must not rename a third.
        let names = finalNames(of: described)
        try checkNames(of: draft, names)
        let numbers = Dictionary(uniqueKeysWithValues: kept.enumerated().map { (ObjectIdentifier($1), NodeID($0)) })
        func number(_ node: GraphNode) -> NodeID { numbers[ObjectIdentifier(draft.current(node))] ?? NodeID(-1) }
        let tableSources = Set(nodes.filter(\.feedsTable).map(number))

        var planned = kept.map { node in
            TopologyNode(
                id: number(node), name: node.name, stateName: names.nodes[node.name] ?? node.name,
                kind: names.kind(node.kind),
                parents: unique((draft.parents(of: node) + draft.sideParents(of: node)).map(number)), children: [],
                stores: node.stores.map(names.store), feedsTable: tableSources.contains(number(node)),
                isGlobal: node.isGlobal, table: names.table(node.table), assemble: node.assemble)
        }
        for node in planned {
            for parent in node.parents { planned[parent.index].children.append(node.id) }
        }
        for node in kept {
            for parent in draft.sideParents(of: node) {
                planned[number(parent).index].sideChildren.append(number(node))
            }
        }
        let used = Set(kept.flatMap(\.stores))
        let specifications = stores.filter { used.contains($0.key) }.map {
            (names.store($0), $1.named(names.store($0)))
        }
        return Topology(
            nodes: planned, subtopologies: Subtopology.divide(planned),
            stores: Dictionary(uniqueKeysWithValues: specifications),
            repartitionTopics: draft.repartitionTopics.map { topic in
                InternalTopic(
                    reference: names.topic(topic.reference), partitionCount: topic.partitionCount,
                    configuration: InternalTopic.repartitionConfiguration)
            },
            copartitionGroups: copartitioned.map { group in
                let sources = group.sources.flatMap { draft.current($0).kind.sourceTopics }
                return CopartitionGroup(node: group.node, topics: unique(sources.map(names.topic)))
            },
            sourceChangelogs: sourceChangelogs(of: kept, names), names: names)
    }

    /// With merged sources; parents before children.
    private func draft() throws(TopologyError) -> GraphDraft {
        let merged = try mergedSources()
        var draft = GraphDraft(nodes: nodes, repartitionTopics: repartitionTopics)
        for node in nodes { if let reader = merged[ObjectIdentifier(node)] { draft.replace(node, by: reader) } }
        draft.putParentsFirst()
        return draft
    }

    /// With merged topics and without filters that are not wanted.
    private func optimized(_ described: GraphDraft) -> GraphDraft {
        var draft = described
        if optimization.contains(.mergeRepartitionTopics) {
            draft.mergeRepartitionTopics(anchorsChangeKeys: naming == .kafkaStreams)
            draft.putParentsFirst()
        }
        draft.dropUnwantedFilters()
        return draft
    }

    private func finalNames(of draft: GraphDraft) -> FinalNames {
        let names = StructuralNames(of: draft, stores: stores, ownedByUser: userStores, generated: generated)
        var final = FinalNames()
        if naming == .structural { final = FinalNames(stores: names.stores, topics: names.topics, nodes: names.nodes) }
        for (name, structure) in names.storeStructures { final.storeStructures[final.store(name)] = structure }
        for (name, structure) in names.topicStructures {
            final.topicStructures[final.topics[name] ?? name] = structure
        }
        return final
    }

    /// Stores that need no changelog of their own, where that is wanted (SEMANTICS H4).
    private func sourceChangelogs(of nodes: [GraphNode], _ names: FinalNames) -> [String: SourceChangelog] {
        guard optimization.contains(.reuseSourceTopics) else { return [:] }
        var changelogs: [String: SourceChangelog] = [:]
        for node in nodes {
            guard let changelog = node.sourceChangelog, let name = node.table.storeName, let store = stores[name],
                store.kind == .keyValue, store.isChangelogEnabled
            else { continue }
            changelogs[names.store(name)] = changelog
        }
        return changelogs
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

    /// KIP-1111: whoever asks for it gives every internal resource a name.
    private func checkNames(of draft: GraphDraft, _ names: FinalNames) throws(TopologyError) {
        guard requiresExplicitNames else { return }
        let used = Set(draft.nodes.flatMap(\.stores))
        let unnamedStores = used.filter { generated.contains($0) }.map(names.store).sorted()
        let topics = draft.repartitionTopics.map(\.name).filter { generated.contains($0) }
            .map { names.topics[$0] ?? $0 }
        if !unnamedStores.isEmpty || !topics.isEmpty {
            throw .unnamedResources(stores: unnamedStores, repartitionTopics: topics)
        }
    }
}

/// What the names that the graph gave out turn into; those that the program gave, and all under
/// `TopologyNaming.kafkaStreams`, stay. Immutable.
struct FinalNames: Sendable {
    var stores: [String: String] = [:]
    var topics: [String: String] = [:]
    var nodes: [String: String] = [:]
    /// What leads to stores and topics, by their final names: told in plans.
    var storeStructures: [String: String] = [:]
    var topicStructures: [String: String] = [:]

    func store(_ name: String) -> String { stores[name] ?? name }

    func topic(_ reference: TopicReference) -> TopicReference {
        switch reference {
        case .external: reference
        case .repartition(let name): .repartition(topics[name] ?? name)
        case .subscription(let name): .subscription(topics[name] ?? name)
        case .changelog(let name): .changelog(store(name))
        }
    }

    func kind(_ kind: TopologyNode.Kind) -> TopologyNode.Kind {
        switch kind {
        case .source(let topics): .source(topics.map(topic))
        case .processor: .processor
        case .sink(let topic): .sink(topic.map(self.topic))
        }
    }

    func table(_ traits: TableTraits) -> TableTraits {
        var traits = traits
        traits.storeName = traits.storeName.map(store)
        return traits
    }
}
