public import MillraceStores

// Stores of processors: with the processor that brings them, connected afterwards, or filled from a topic.

extension StreamsBuilder {
    /// Lets a processor that was described before use more stores (Kafka Streams' `connectProcessorAndStateStores`).
    ///
    ///     stream.process(name: "dedupe") { try Dedupe($0) }
    ///     builder.addStateStore(Stores.keyValue("seen", keySerde: .string, valueSerde: .string))
    ///     builder.connect(processor: "dedupe", to: ["seen"])
    ///
    /// - Parameter processor: the name of its node.
    /// - Parameter stores: the stores, by name.
    public func connect(processor: String, to stores: [String]) { graph.connect(processor, to: stores) }

    /// As `TopologyBuilder.addGlobalStore`.
    @inlinable
    public func addGlobalStore<Key, Value, User: Processor<Key, Value, Never, Never>>(
        _ specification: StoreSpecification, name: String, topic: String, _ consumed: Consumed<Key, Value>,
        _ make: @escaping @Sendable (ProcessorContext<Never, Never>) throws -> User
    ) where User: SendableMetatype {
        graph.addGlobalStore(specification, name: name, topic: topic, consumed, make)
    }
}

extension TopologyGraph {
    /// A store that comes with a processor. Of several processors that bring a store of one name and kind, the first's
    /// is taken.
    @usableFromInline
    func addSuppliedStore(_ specification: StoreSpecification) {
        if userStores.contains(specification.name), stores[specification.name]?.kind == specification.kind { return }
        addUserStore(specification)
    }

    func connect(_ processor: String, to stores: [String]) {
        guard let node = node(named: processor) else {
            let message = "there is no node of this name to be connected with \(stores.joined(separator: ", "))"
            return fail(.invalidArgument(node: processor, message: message))
        }
        for store in stores { node.connect(to: store) }
    }

    func node(named name: String) -> GraphNode? { nodes.first { $0.name == name } }

    @inlinable
    func addGlobalStore<Key, Value, User: Processor<Key, Value, Never, Never>>(
        _ specification: StoreSpecification, name: String, topic: String, _ consumed: Consumed<Key, Value>,
        _ make: @escaping @Sendable (ProcessorContext<Never, Never>) throws -> User
    ) where User: SendableMetatype {
        let source = addNode(consumed.name ?? "\(name)-source", .source([.external(topic)]), parents: []) { assembly in
            try SourceOperator.assemble(
                assembly, key: consumed.key, value: consumed.value, extractor: consumed.timestampExtractor)
        }
        source.feedsTable = true
        source.isGlobal = true
        addUserGlobalStore(specification)
        let node = addNode(name, parents: [source], stores: [specification.name]) { assembly in
            try ProcessOperator.assemble(assembly, make)
        }
        node.isGlobal = true
    }

    @usableFromInline
    func addUserGlobalStore(_ specification: StoreSpecification) { addUserStore(specification.withoutChangelog()) }
}
