// One change of the key followed by several groupings and joins needs one repartition topic, not several: Kafka
// Streams' `mergeRepartitionTopics` (SEMANTICS J5). Pure; called by `build`.
//
// Topics are merged that are fed from the same node, with nothing but steps that pass records on as they are (filters,
// peeks) between it and them, whose serdes agree, and for which nobody asked for partitions of their own. Those steps
// then run behind the topic, if nothing else than merged topics hangs below them. The topic keeps the first one's name.
// Kafka Streams asks in addition that the node change the key, and moves steps even where something else hangs below,
// which there loses records with null keys.

extension GraphDraft {
    /// - Parameter anchorsChangeKeys: merges only right below changes of the key and merged streams, as Kafka Streams.
    mutating func mergeRepartitionTopics(anchorsChangeKeys: Bool) {
        let children = children()
        var groups: [[MergeCandidate]] = []
        for topic in repartitionTopics {
            guard let candidate = candidate(topic) else { continue }
            let anchor = candidate.anchor
            if anchorsChangeKeys, !anchor.changesKey, parents(of: anchor).count < 2 { continue }
            let position = groups.firstIndex {
                $0[0].anchor === anchor && $0[0].serdes.agree(with: candidate.serdes)
            }
            if let position { groups[position].append(candidate) } else { groups.append([candidate]) }
        }
        for group in groups {
            let members = movable(group, children)
            if members.count > 1 { merge(members, children) }
        }
    }

    private struct MergeCandidate {
        let topic: RepartitionTopic
        let serdes: RepartitionSerdes
        let filter: GraphNode
        let sink: GraphNode
        /// From right below the anchor to right above the filter.
        let chain: [GraphNode]
        let anchor: GraphNode
    }

    private func candidate(_ topic: RepartitionTopic) -> MergeCandidate? {
        guard let serdes = topic.mergeableSerdes, let sink = sink(of: topic.name),
            let filter = parents(of: sink).first, filter.isNullKeyFilter
        else { return nil }
        var chain: [GraphNode] = []
        var node = filter
        while true {
            let above = parents(of: node)
            guard above.count == 1, let parent = above.first else { break }
            if !parent.passesRecords || parents(of: parent).count != 1 || !parent.sideParents.isEmpty {
                return MergeCandidate(
                    topic: topic, serdes: serdes, filter: filter, sink: sink, chain: chain.reversed(), anchor: parent)
            }
            chain.append(parent)
            node = parent
        }
        return nil
    }

    /// Those whose steps in between can go behind the topic.
    private func movable(
        _ group: [MergeCandidate], _ children: [ObjectIdentifier: [GraphNode]]
    ) -> [MergeCandidate] {
        var members = group
        while true {
            let moved = Set(members.flatMap { $0.chain + [$0.filter] }.map(ObjectIdentifier.init))
            let kept = members.filter { member in
                member.chain.allSatisfy { step in
                    (children[ObjectIdentifier(step)] ?? []).allSatisfy { moved.contains(ObjectIdentifier($0)) }
                }
            }
            if kept.count == members.count { return members }
            members = kept
        }
    }

    private mutating func merge(_ members: [MergeCandidate], _ children: [ObjectIdentifier: [GraphNode]]) {
        let first = members[0]
        let source = first.topic.source
        for member in members {
            // What read the topic now follows the last of the steps in between, or the common source.
            if let last = member.chain.last {
                for reader in children[ObjectIdentifier(member.topic.source)] ?? [] {
                    hang(reader, below: last, insteadOf: member.topic.source)
                }
            }
            if let top = member.chain.first { hang(top, below: [source]) }
            guard member.topic.source !== source else { continue }
            replace(member.topic.source, by: source)
            remove(member.filter)
            remove(member.sink)
            removeTopic(member.topic.name)
        }
        hang(first.filter, below: [first.anchor])
    }
}

/// What two repartition topics must have in common to be merged.
struct RepartitionSerdes {
    let key: SerdeIdentity
    let value: SerdeIdentity

    func agree(with other: RepartitionSerdes) -> Bool { key.agrees(with: other.key) && value.agrees(with: other.value) }
}
