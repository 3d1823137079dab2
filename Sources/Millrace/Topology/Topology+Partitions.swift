// How many partitions repartition topics get, and whether joined topics match (SEMANTICS J2, J3). Pure; called by the
// runtime once it knows the external topics, and whenever they change.

extension Topology {
    /// Partition counts of all topics that are read: the external ones as given, the repartition topics as derived.
    ///
    /// - Parameter external: counts of the external topics that exist.
    /// - Throws: `missingSourceTopic`, `unequalPartitionCounts`.
    public func partitionCounts(
        external: [String: Int32]
    ) throws(TopologyError) -> [TopicReference: Int32] {
        var counts: [TopicReference: Int32] = [:]
        for node in nodes {
            for case .external(let topic) in node.kind.sourceTopics {
                guard let count = external[topic] else { throw .missingSourceTopic(topic: topic, node: node.name) }
                counts[.external(topic)] = count
            }
        }
        for topic in repartitionTopics { counts[topic.reference] = topic.partitionCount }
        derive(&counts)
        try align(&counts)
        return counts
    }

    /// A repartition topic has as many partitions as the largest topic that feeds it, over several steps if need be.
    private func derive(_ counts: inout [TopicReference: Int32]) {
        var open = repartitionTopics.map(\.reference).filter { counts[$0] == nil }
        while !open.isEmpty {
            let before = open.count
            open.removeAll { topic in
                if case .subscription = topic { return take(theTableOf: topic, &counts) }
                let feeding = subtopologies.filter { $0.sinkTopics.contains(topic) }.flatMap(\.sourceTopics)
                let known = feeding.filter { $0 != topic }.map { counts[$0] }
                guard !known.contains(where: { $0 == nil }) else { return false }
                counts[topic] = known.compactMap { $0 }.max() ?? 1
                return true
            }
            // Topics that feed each other in a circle take what is known of the rest.
            if open.count == before {
                for topic in open { counts[topic] = counts.values.max() ?? 1 }
                return
            }
        }
    }

    /// The topics between the sides of a foreign-key join have as many partitions as the table that is joined behind
    /// them; what feeds them does not count. Returns whether that is known.
    private func take(theTableOf topic: TopicReference, _ counts: inout [TopicReference: Int32]) -> Bool {
        let joined = copartitionGroups.filter { $0.topics.contains(topic) }.flatMap(\.topics).filter {
            if case .subscription = $0 { false } else { true }
        }
        guard !joined.contains(where: { counts[$0] == nil }) else { return false }
        counts[topic] = joined.compactMap { counts[$0] }.max() ?? 1
        return true
    }

    /// Topics that are joined get one count: that of those whose count is given, which must agree, else the largest
    /// (SEMANTICS J2). A repartition topic that takes part in several joins ties their topics together.
    private func align(_ counts: inout [TopicReference: Int32]) throws(TopologyError) {
        let fixed = Set(repartitionTopics.filter { $0.partitionCount != nil }.map(\.reference))
        // Each join by itself first, to name the one that is wrong.
        for group in copartitionGroups { _ = try count(of: group, fixed, counts) }
        for group in tiedGroups() {
            let target = try count(of: group, fixed, counts)
            for topic in group.topics { counts[topic] = target }
        }
    }

    private func count(
        of group: CopartitionGroup, _ fixed: Set<TopicReference>, _ counts: [TopicReference: Int32]
    ) throws(TopologyError) -> Int32 {
        let rigid = group.topics.filter { !$0.isInternal || fixed.contains($0) }
        let target = (rigid.isEmpty ? group.topics : rigid).compactMap { counts[$0] }.max() ?? 1
        guard rigid.allSatisfy({ counts[$0] == target }) else {
            let found = rigid.map { ($0.name(applicationID: "<application id>"), counts[$0] ?? 0) }
            throw .unequalPartitionCounts(
                node: group.node, counts: Dictionary(found, uniquingKeysWith: { first, _ in first }))
        }
        return target
    }

    /// Groups that have a topic in common as one.
    private func tiedGroups() -> [CopartitionGroup] {
        var tied: [CopartitionGroup] = []
        for group in copartitionGroups {
            let touched = tied.filter { !Set($0.topics).isDisjoint(with: group.topics) }
            tied.removeAll { touched.contains($0) }
            var topics: [TopicReference] = []
            for topic in touched.flatMap(\.topics) + group.topics where !topics.contains(topic) { topics.append(topic) }
            tied.append(
                CopartitionGroup(
                    node: (touched.map(\.node) + [group.node]).joined(separator: " and "), topics: topics))
        }
        return tied
    }
}
