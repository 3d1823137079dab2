// Several streams of the same topics read them once, through the source node of the first, as Kafka Streams merges them
// since 2.6 (KAFKA-6687). Pure; called by `build` on the describing thread.

/// What two streams of one topic must agree in.
@usableFromInline
struct StreamSourceTraits {
    let recordType: Any.Type
    let extractor: TimestampExtractorKind

    @usableFromInline
    init(recordType: Any.Type, extractor: TimestampExtractorKind) {
        self.recordType = recordType
        self.extractor = extractor
    }
}

extension TopologyGraph {
    /// The sources that are left out, each with the one that reads for it.
    func mergedSources() throws(TopologyError) -> [ObjectIdentifier: GraphNode] {
        var readers: [TopicReference: GraphNode] = [:]
        var merged: [ObjectIdentifier: GraphNode] = [:]
        for node in nodes {
            let topics = node.kind.sourceTopics
            if let shared = topics.first(where: { readers[$0] != nil }), let reader = readers[shared] {
                try check(node, against: reader, topic: shared.name(applicationID: ""))
                merged[ObjectIdentifier(node)] = reader
                continue
            }
            for topic in topics where readers.updateValue(node, forKey: topic) != nil {
                throw .sourceTopicReused(topic: topic.name(applicationID: ""), node: node.name)
            }
        }
        if readers.isEmpty { throw .empty }
        return merged
    }

    private func check(_ node: GraphNode, against reader: GraphNode, topic: String) throws(TopologyError) {
        guard let stream = node.stream, let first = reader.stream else {
            throw .sourceTopicReused(topic: topic, node: node.name)
        }
        func refuse(_ message: String) -> TopologyError {
            .sourcesDisagree(topic: topic, nodes: [reader.name, node.name], message: message)
        }
        if Set(node.kind.sourceTopics) != Set(reader.kind.sourceTopics) {
            throw refuse("not all their topics are the same; read each topic in one source and merge the streams")
        }
        if stream.recordType != first.recordType {
            throw refuse("as \(first.recordType) and as \(stream.recordType)")
        }
        if stream.extractor != first.extractor {
            throw refuse("with the timestamp extractors .\(first.extractor) and .\(stream.extractor)")
        }
    }
}
