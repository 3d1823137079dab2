internal import MillraceCore

/// How many partitions each repartition topic has: what the user fixed, else as many as the sources of whoever writes
/// it, recursively; then topics that are joined are made equal (SEMANTICS J2, J3). Pure.
struct PartitionCounts {
    /// Of the user's topics that exist.
    var external: [String: Int32]
    /// Repartition topics by full name; nil where the count follows from the sources.
    var repartition: [String: Int32?]

    /// Counts of all source topics. Throws where a user's topic is missing or joined topics cannot be made equal.
    func resolve(_ layout: TaskLayout) throws(TopologyError) -> [String: Int32] {
        var counts = external
        for (topic, fixed) in repartition { if let fixed { counts[topic] = fixed } }
        for subtopology in layout.subtopologies {
            for topic in subtopology.sources where repartition[topic] == nil && external[topic] == nil {
                throw .missingSourceTopic(topic: topic, node: "of sub-topology \(subtopology.id)")
            }
        }
        deriveFromSources(layout, into: &counts)
        // Making joined topics equal can change what lies behind them: repeat until nothing moves.
        for _ in 0...repartition.count {
            let before = counts
            for subtopology in layout.subtopologies {
                for group in subtopology.copartitioned { try equalize(group, in: &counts) }
            }
            if counts == before { break }
        }
        return counts
    }

    private func deriveFromSources(_ layout: TaskLayout, into counts: inout [String: Int32]) {
        let open = repartition.keys.filter { counts[$0] == nil }.sorted()
        for _ in 0...open.count {
            for topic in open where counts[topic] == nil {
                let writers = layout.subtopologies.filter { $0.sinks.contains(topic) }
                let sources = Set(writers.flatMap(\.sources)).subtracting([topic])
                guard sources.allSatisfy({ counts[$0] != nil }) else { continue }
                counts[topic] = sources.compactMap { counts[$0] }.max() ?? 1
            }
        }
        // Repartition topics that feed each other in a circle.
        for topic in open where counts[topic] == nil { counts[topic] = external.values.max() ?? 1 }
    }

    private func equalize(
        _ group: TaskLayout.CopartitionedTopics, in counts: inout [String: Int32]
    ) throws(TopologyError) {
        let fixed = group.topics.filter { topic in
            guard let explicit = repartition[topic] else { return true }
            return explicit != nil
        }
        let fixedCounts = Set(fixed.compactMap { counts[$0] })
        guard fixedCounts.count <= 1 else {
            var found: [String: Int32] = [:]
            for topic in fixed { found[topic] = counts[topic] }
            throw .unequalPartitionCounts(node: group.node, counts: found)
        }
        guard let common = fixedCounts.first ?? group.topics.compactMap({ counts[$0] }).max() else { return }
        for topic in group.topics { counts[topic] = common }
    }
}
