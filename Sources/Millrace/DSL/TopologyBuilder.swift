public import MillraceStores

/// A topology put together from named nodes, without streams and tables: Kafka Streams' `Topology.addSource` and its
/// kin. Every node is named, and hangs below nodes that were added before it. No I/O; used by one thread.
///
///     let builder = TopologyBuilder()
///     builder.addSource("lines", topics: ["lines"], Consumed(key: .string, value: .string))
///     let counts = Stores.keyValue("counts", keySerde: .string, valueSerde: .int64)
///     builder.addProcessor("count", below: ["lines"], adding: [counts]) { try Counting($0) }
///     builder.addSink("out", topic: "counts", below: ["count"], Produced(key: .string, value: .int64))
///     let topology = try builder.build()
///
/// Mistakes (an unknown parent, a processor that takes other records than its parent gives, a store that nobody added)
/// are thrown by `build`.
public final class TopologyBuilder {
    @usableFromInline let graph = TopologyGraph(optimization: .none)
    /// What each node forwards, by name.
    @usableFromInline var outputs: [String: Any.Type] = [:]

    /// A builder without any nodes.
    public init() {}

    /// A node that reads topics. A topic has one source.
    @inlinable
    public func addSource<Key, Value>(_ name: String, topics: [String], _ consumed: Consumed<Key, Value>) {
        if topics.isEmpty { graph.fail(.invalidArgument(node: name, message: "it has no topic")) }
        _ = graph.addNode(name, .source(topics.map { .external($0) }), parents: []) { assembly in
            try SourceOperator.assemble(
                assembly, key: consumed.key, value: consumed.value, extractor: consumed.timestampExtractor)
        }
        outputs[name] = Record<Key, Value>.self
    }

    /// A node that runs a processor.
    ///
    /// - Parameters:
    ///   - parents: the nodes whose records it gets.
    ///   - stores: names of the stores it uses.
    ///   - added: stores that come with it; several processors may bring the same one.
    ///   - make: makes the processor of one task, once the task's stores are restored.
    ///   - name: of the node; numbered by default.
    @inlinable
    public func addProcessor<Key, Value, NewKey, NewValue, User: Processor<Key, Value, NewKey, NewValue>>(
        _ name: String, below parents: [String], stores: [String] = [], adding added: [StoreSpecification] = [],
        _ make: @escaping @Sendable (ProcessorContext<NewKey, NewValue>) throws -> User
    ) where User: SendableMetatype {
        for store in added { graph.addSuppliedStore(store) }
        let node = graph.addNode(
            name, parents: nodes(parents, above: name, giving: Record<Key, Value>.self),
            stores: stores + added.map(\.name)
        ) { assembly in
            try ProcessOperator.assemble(assembly, make)
        }
        node.changesKey = true
        outputs[name] = Record<NewKey, NewValue>.self
    }

    /// A node that runs a processor which leaves keys alone.
    @inlinable
    public func addProcessor<Key, Value, NewValue, User: FixedKeyProcessor<Key, Value, NewValue>>(
        _ name: String, below parents: [String], stores: [String] = [], adding added: [StoreSpecification] = [],
        _ make: @escaping @Sendable (FixedKeyProcessorContext<Key, NewValue>) throws -> User
    ) where User: SendableMetatype {
        for store in added { graph.addSuppliedStore(store) }
        _ = graph.addNode(
            name, parents: nodes(parents, above: name, giving: Record<Key, Value>.self),
            stores: stores + added.map(\.name)
        ) { assembly in
            try ProcessOperator.assembleValues(assembly, make)
        }
        outputs[name] = Record<Key, NewValue>.self
    }

    /// A node that writes a topic. `produced` must name the serdes.
    @inlinable
    public func addSink<Key, Value>(
        _ name: String, topic: String, below parents: [String], _ produced: Produced<Key, Value>
    ) {
        let key = graph.require(produced.key, "key", of: name)
        let value = graph.require(produced.value, "value", of: name)
        _ = graph.addNode(
            name, .sink(.external(topic)), parents: nodes(parents, above: name, giving: Record<Key, Value>.self)
        ) { assembly in
            try SinkOperator.assemble(assembly, topic: .external(topic), produced, key: key, value: value)
        }
    }

    /// A node that writes each record to the topic that `topic` names; the topics must exist.
    @inlinable
    public func addSink<Key, Value>(
        _ name: String, below parents: [String], _ produced: Produced<Key, Value>,
        topic: @escaping @Sendable (Record<Key, Value>) throws -> String
    ) {
        let key = graph.require(produced.key, "key", of: name)
        let value = graph.require(produced.value, "value", of: name)
        _ = graph.addNode(
            name, .sink(nil), parents: nodes(parents, above: name, giving: Record<Key, Value>.self)
        ) { assembly in
            try SinkOperator.assembleDynamic(assembly, produced, key: key, value: value, topic: topic)
        }
    }

    /// A store, connected with processors that were added before.
    public func addStateStore(_ specification: StoreSpecification, for processors: [String] = []) {
        graph.addUserStore(specification)
        for processor in processors { connect(processor: processor, to: [specification.name]) }
    }

    /// Lets a processor use more stores. Processors that share a store run in one task, and their topics must be
    /// partitioned alike.
    public func connect(processor: String, to stores: [String]) { graph.connect(processor, to: stores) }

    /// A store that every instance fills with the whole of a topic, through a processor that writes it, before anything
    /// else is processed. It has no changelog, and the processor forwards nothing; any processor may read the store by
    /// its name without being connected.
    ///
    /// - Parameter name: of the processor's node; the source is called `<name>-source`.
    /// - Parameter consumed: serdes and timestamps.
    /// - Parameter make: makes the processor of one task.
    /// - Parameter specification: what is to be made.
    /// - Parameter topic: the name of the topic.
    @inlinable
    public func addGlobalStore<Key, Value, User: Processor<Key, Value, Never, Never>>(
        _ specification: StoreSpecification, name: String, topic: String, _ consumed: Consumed<Key, Value>,
        _ make: @escaping @Sendable (ProcessorContext<Never, Never>) throws -> User
    ) where User: SendableMetatype {
        graph.addGlobalStore(specification, name: name, topic: topic, consumed, make)
    }

    /// Checks everything and makes the plan.
    ///
    /// - Throws: `TopologyError`, which names the node.
    public func build() throws(TopologyError) -> Topology { try graph.build() }

    @usableFromInline
    func nodes(_ parents: [String], above name: String, giving type: Any.Type) -> [GraphNode] {
        if parents.isEmpty { graph.fail(.invalidArgument(node: name, message: "it is below no other node")) }
        return parents.compactMap { parent in
            guard let node = graph.node(named: parent), let output = outputs[parent] else {
                let message = "it is to be below \(parent), which was not added before, or is a sink"
                graph.fail(.invalidArgument(node: name, message: message))
                return nil
            }
            if output != type {
                graph.fail(.typeMismatch(node: name, expected: "\(type)", found: "\(output) from \(parent)"))
            }
            return node
        }
    }
}
