/// A stream of facts. Each method describes one more step; nothing runs before the topology does.
///
/// Closures take plain keys and values: where one meets a null, the record is a processing error (`UnexpectedNull`).
/// `nullable` has the same steps for closures that take nil. What a closure throws goes to the processing handler.
/// Closures run on stream threads. Names are those of the topology's nodes, numbered by default.
public struct KStream<Key, Value> {
    @usableFromInline let graph: TopologyGraph
    @usableFromInline let node: GraphNode
    @usableFromInline let keySerde: AnySerde<Key>?
    @usableFromInline let valueSerde: AnySerde<Value>?
    /// The source nodes whose partitions the stream follows.
    @usableFromInline let sources: [GraphNode]
    /// The key may have changed since the last repartition.
    @usableFromInline let needsRepartition: Bool

    @inlinable
    init(
        graph: TopologyGraph, node: GraphNode, keySerde: AnySerde<Key>?, valueSerde: AnySerde<Value>?,
        sources: [GraphNode], needsRepartition: Bool
    ) {
        self.graph = graph
        self.node = node
        self.keySerde = keySerde
        self.valueSerde = valueSerde
        self.sources = sources
        self.needsRepartition = needsRepartition
    }

    /// The same stream for closures that take and give nil.
    @inlinable
    public var nullable: NullableKStream<Key, Value> { NullableKStream(stream: self) }

    /// Adds a node below this one.
    @inlinable
    func addNode(
        _ prefix: String, _ name: String?, stores: [String] = [],
        _ assemble: @escaping @Sendable (NodeAssembly) throws -> Any
    ) -> GraphNode {
        graph.addNode(name ?? graph.newName(prefix), parents: [node], stores: stores, assemble: assemble)
    }

    /// The stream that comes out of `node`.
    @inlinable
    func with<NewKey, NewValue>(
        _ node: GraphNode, key: AnySerde<NewKey>?, value: AnySerde<NewValue>?, needsRepartition: Bool
    ) -> KStream<NewKey, NewValue> {
        KStream<NewKey, NewValue>(
            graph: graph, node: node, keySerde: key, valueSerde: value, sources: sources,
            needsRepartition: needsRepartition)
    }
}
