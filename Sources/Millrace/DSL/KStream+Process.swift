public import MillraceStores

// Where users' own processors come in.

extension StreamsBuilder {
    /// Adds a store for processors, which name it in `process`.
    ///
    ///     builder.addStateStore(Stores.keyValue("seen", keySerde: .string, valueSerde: .string))
    public func addStateStore(_ specification: StoreSpecification) { graph.addUserStore(specification) }
}

extension KStream {
    /// Gives every record to a processor and goes on with what it forwards.
    ///
    /// The keys may change: grouping or joining the result goes through a repartition topic.
    /// - Parameters:
    ///   - stores: names of the stores that the processor uses.
    ///   - added: stores that come with the processor; several may bring the same one.
    ///   - make: makes the processor of one task, once the task's stores are restored.
    ///   - name: of the node; numbered by default.
    @inlinable
    @discardableResult
    public func process<NewKey, NewValue, User: Processor<Key, Value, NewKey, NewValue> & SendableMetatype>(
        name: String? = nil, stores: [String] = [], adding added: [StoreSpecification] = [],
        _ make: @escaping @Sendable (ProcessorContext<NewKey, NewValue>) throws -> User
    ) -> KStream<NewKey, NewValue> {
        for store in added { graph.addSuppliedStore(store) }
        let node = addNode("KSTREAM-PROCESSOR-", name, stores: stores + added.map(\.name)) { assembly in
            try ProcessOperator.assemble(assembly, make)
        }
        node.changesKey = true
        return with(node, key: nil, value: nil, needsRepartition: true)
    }

    /// Gives every record to a processor that leaves the keys alone.
    @inlinable
    @discardableResult
    public func processValues<NewValue, User: FixedKeyProcessor<Key, Value, NewValue> & SendableMetatype>(
        name: String? = nil, stores: [String] = [], adding added: [StoreSpecification] = [],
        _ make: @escaping @Sendable (FixedKeyProcessorContext<Key, NewValue>) throws -> User
    ) -> KStream<Key, NewValue> {
        for store in added { graph.addSuppliedStore(store) }
        let node = addNode("KSTREAM-PROCESSVALUES-", name, stores: stores + added.map(\.name)) { assembly in
            try ProcessOperator.assembleValues(assembly, make)
        }
        return with(node, key: keySerde, value: nil, needsRepartition: needsRepartition)
    }
}
