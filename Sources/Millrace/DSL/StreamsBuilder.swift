/// Where a topology begins: sources and stores come from here, everything else from the streams and tables it gives.
/// No I/O; used by one thread.
///
///     let builder = StreamsBuilder()
///     builder.stream("messages", Consumed(key: .string, value: .string))
///         .groupByKey().count(.as("counts"))
///         .toStream().to("counts", Produced(key: .string, value: .int64))
///     let topology = try builder.build()
public final class StreamsBuilder {
    @usableFromInline let graph: TopologyGraph

    /// A builder without any steps.
    ///
    ///     StreamsBuilder()                            // stores keep their names when stateless steps come and go
    ///     StreamsBuilder(naming: .kafkaStreams)       // the names that Kafka Streams gives to the same program
    ///
    /// - Parameters:
    ///   - naming: how stores and internal topics without a name are called.
    ///   - optimization: what `build` does to save topics; nil for everything under `.structural` and nothing under
    ///     `.kafkaStreams`. Changing it for a program that has run changes its topics: `Topology.plan` says how.
    ///   - requiresExplicitNames: `build` refuses stores and internal topics without a name, and lists them (KIP-1111).
    public init(
        naming: TopologyNaming = .structural, optimization: TopologyOptimization? = nil,
        requiresExplicitNames: Bool = false
    ) {
        graph = TopologyGraph(
            naming: naming, optimization: optimization ?? (naming == .structural ? .all : .none),
            requiresExplicitNames: requiresExplicitNames)
    }

    /// The records of a topic as a stream of facts.
    @inlinable
    public func stream<Key, Value>(_ topic: String, _ consumed: Consumed<Key, Value>) -> KStream<Key, Value> {
        stream(topics: [topic], consumed)
    }

    /// The records of several topics as one stream.
    ///
    /// Streams of the same topics share one source node, the first one's, with its serdes, as in Kafka Streams. They
    /// must agree in key type, value type and kind of timestamp extractor; of two custom extractors the first counts.
    /// Streams of topics that are partly the same, and a stream beside a table of the same topic, are refused.
    @inlinable
    public func stream<Key, Value>(topics: [String], _ consumed: Consumed<Key, Value>) -> KStream<Key, Value> {
        let name = consumed.name ?? graph.newName("KSTREAM-SOURCE-")
        if topics.isEmpty { graph.fail(.invalidArgument(node: name, message: "it has no topic")) }
        let node = graph.addNode(name, .source(topics.map { .external($0) }), parents: []) { assembly in
            try SourceOperator.assemble(
                assembly, key: consumed.key, value: consumed.value, extractor: consumed.timestampExtractor)
        }
        node.stream = StreamSourceTraits(
            recordType: Record<Key, Value>.self, extractor: consumed.timestampExtractor.kind)
        return KStream(
            graph: graph, node: node, keySerde: consumed.key, valueSerde: consumed.value, sources: [node],
            needsRepartition: false)
    }

    /// Checks everything and makes the plan. The builder can be built again after more has been described.
    ///
    /// - Throws: `TopologyError`, which names the node.
    public func build() throws(TopologyError) -> Topology { try graph.build() }
}
