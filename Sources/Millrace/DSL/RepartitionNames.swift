/// Names of the nodes around a repartition topic: numbered where the topic's own name is, else made from it, as in
/// Kafka Streams, which spends three numbers either way. Pure.
@usableFromInline
struct RepartitionNames {
    @usableFromInline let sink: String
    @usableFromInline let filter: String
    @usableFromInline let source: String

    @usableFromInline
    init(_ topic: String, in graph: TopologyGraph) {
        let sink = graph.newName("KSTREAM-SINK-")
        let filter = graph.newName("KSTREAM-FILTER-")
        let source = graph.newName("KSTREAM-SOURCE-")
        let isPositional =
            topic.hasPrefix("KSTREAM") && topic.utf8.count > 11 && topic.utf8.dropLast(10).last == UInt8(ascii: "-")
            && topic.utf8.suffix(10).allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        let isNumbered = isPositional || topic.hasPrefix("REPARTITION-") && graph.isGenerated(topic)
        self.sink = isNumbered ? sink : "\(topic)-repartition-sink"
        self.filter = isNumbered ? filter : "\(topic)-repartition-filter"
        self.source = isNumbered ? source : "\(topic)-repartition-source"
    }
}

extension GraphNode {
    @usableFromInline
    func dropsNullKeys() { isNullKeyFilter = true }
}

extension TopologyGraph {
    /// The serde, or a mistake that `build` throws where there is none.
    @usableFromInline
    func require<Value>(_ serde: AnySerde<Value>?, _ role: String, of node: String) -> AnySerde<Value> {
        if let serde { return serde }
        fail(.missingSerde(node: node, role: role))
        return AnySerde(MissingSerde())
    }
}

/// Stands where a serde is missing until `build` refuses the topology.
private struct MissingSerde<Value>: Serde {
    func serialize(_ value: Value, into writer: inout ByteWriter) throws { throw SerdeError("there is no serde") }
    func deserialize(_ bytes: RawSpan) throws -> Value { throw SerdeError("there is no serde") }
}
