/// When the windows that an aggregation makes change no more. Said by the node of each windowed aggregation, asked by
/// those behind it that wait for final results. Pure.
@usableFromInline
struct WindowClosing: Hashable, Sendable {
    /// How long after a window's end records may still change it: the grace; for sessions the gap and the grace.
    @usableFromInline let delayMilliseconds: Int64
    /// Whether a window's end belongs to it, so that it changes still when the delay is just over: true for sliding and
    /// session windows, false for those that end before their end (SEMANTICS D4).
    @usableFromInline let includesEnd: Bool

    @usableFromInline
    init(delayMilliseconds: Int64, includesEnd: Bool) {
        self.delayMilliseconds = delayMilliseconds
        self.includesEnd = includesEnd
    }
}

extension TopologyGraph {
    /// What the windowed aggregations in front of `node`, itself included, say; the longest delay where there are
    /// several, as in Kafka Streams. Nil where some way up leads to none.
    @usableFromInline
    func closingOfWindows(before node: GraphNode) -> WindowClosing? {
        if let closing = node.windowClosing { return closing }
        var found: WindowClosing?
        for parent in parentsAcrossRepartition(of: node) {
            guard let closing = closingOfWindows(before: parent) else { return nil }
            found = WindowClosing(
                delayMilliseconds: max(found?.delayMilliseconds ?? 0, closing.delayMilliseconds),
                includesEnd: closing.includesEnd || found?.includesEnd == true)
        }
        return found
    }

    /// A repartition topic's source comes after its sink.
    private func parentsAcrossRepartition(of node: GraphNode) -> [GraphNode] {
        guard case .source(let topics) = node.kind else { return node.parents }
        return nodes.filter { candidate in
            guard case .sink(let topic?) = candidate.kind, case .repartition = topic else { return false }
            return topics.contains(topic)
        }
    }
}
