/// The late records of one windowed stream, or of one side of a join: a side output of all nodes that are made from it,
/// whether they are described before or after somebody asks for it. No I/O; belongs to the thread that describes.
@usableFromInline
final class LateStream<Key, Value> {
    @usableFromInline let input: KStream<Key, Value>
    /// The nodes that drop records, and the sources that they follow.
    @usableFromInline var producers: [KStream<Key, Value>] = []
    @usableFromInline var node: GraphNode?

    /// - Parameter input: the stream that is cut into windows.
    @inlinable
    init(of input: KStream<Key, Value>) { self.input = input }

    /// `node` drops late records of `input`, which is the stream itself or comes from its repartition topic.
    @inlinable
    func add(_ node: GraphNode, input: KStream<Key, Value>) {
        producers.append(
            input.with(node, key: input.keySerde, value: input.valueSerde, needsRepartition: false))
        self.node?.sideParents.append(node)
    }

    /// The late records as a stream, with the key serde of the input.
    @inlinable
    func stream() -> KStream<Key, Late<Value>> {
        let graph = input.graph
        let node = self.node ?? makeNode()
        self.node = node
        var sources: [GraphNode] = []
        for producer in producers {
            sources += producer.sources.filter { source in !sources.contains { $0 === source } }
        }
        // Before the first producer nobody knows whether there will be a repartition topic.
        return KStream(
            graph: graph, node: node, keySerde: input.keySerde, valueSerde: nil,
            sources: producers.isEmpty ? input.sources : sources,
            needsRepartition: producers.isEmpty && input.needsRepartition)
    }

    @inlinable
    func makeNode() -> GraphNode {
        let node = input.graph.addNode(input.graph.newName("KSTREAM-LATE-"), parents: []) { assembly in
            try PassThroughOperator.assemble(assembly, Key.self, Late<Value>.self)
        }
        node.takesSideOutput = true
        node.sideParents = producers.map(\.node)
        return node
    }
}
