// Where a stream leaves the topology, or goes through a topic of its own.

extension KStream {
    /// Writes the records to a topic, with the stream's serdes where `produced` names none.
    @inlinable
    public func to(_ topic: String, _ produced: Produced<Key, Value> = Produced()) {
        let name = produced.name ?? graph.newName("KSTREAM-SINK-")
        let key = graph.require(produced.key ?? keySerde, "key", of: name)
        let value = graph.require(produced.value ?? valueSerde, "value", of: name)
        _ = graph.addNode(name, .sink(.external(topic)), parents: [node]) { assembly in
            try SinkOperator.assemble(assembly, topic: .external(topic), produced, key: key, value: value)
        }
    }

    /// Writes each record to the topic that `topic` names; the topics must exist.
    @inlinable
    public func to(
        topic: @escaping @Sendable (Record<Key, Value>) throws -> String, _ produced: Produced<Key, Value> = Produced()
    ) {
        let name = produced.name ?? graph.newName("KSTREAM-SINK-")
        let key = graph.require(produced.key ?? keySerde, "key", of: name)
        let value = graph.require(produced.value ?? valueSerde, "value", of: name)
        _ = graph.addNode(name, .sink(nil), parents: [node]) { assembly in
            try SinkOperator.assembleDynamic(assembly, produced, key: key, value: value, topic: topic)
        }
    }

    /// Sends the stream through a topic of the application, so that equal keys meet in one task again. Records
    /// without a key are dropped.
    @inlinable
    public func repartition(_ repartitioned: Repartitioned<Key, Value> = Repartitioned()) -> KStream<Key, Value> {
        throughRepartitionTopic(
            repartitioned.name ?? graph.newName("KSTREAM-REPARTITION-"), key: repartitioned.key ?? keySerde,
            value: repartitioned.value ?? valueSerde, partitionCount: repartitioned.partitionCount,
            partitioner: repartitioned.partitioner)
    }

    /// The stream as it comes back from a repartition topic.
    ///
    /// - Parameter isMergeable: whether other repartitionings of the same stream may share the topic.
    @inlinable
    func throughRepartitionTopic(
        _ topic: String, key: AnySerde<Key>?, value: AnySerde<Value>?, partitionCount: Int32? = nil,
        partitioner: Produced<Key, Value>.Partitioner? = nil, isMergeable: Bool = false
    ) -> KStream<Key, Value> {
        let names = RepartitionNames(topic, in: graph)
        let keySerde = graph.require(key, "key", of: names.sink)
        let valueSerde = graph.require(value, "value", of: names.sink)
        let filter = graph.addNode(names.filter, parents: [node]) {
            try PassThroughOperator.assembleNullKeyFilter($0, Key.self, Value.self)
        }
        filter.dropsNullKeys()
        let produced = Produced<Key, Value>(partitioner: partitioner)
        _ = graph.addNode(names.sink, .sink(.repartition(topic)), parents: [filter]) { assembly in
            try SinkOperator.assemble(
                assembly, topic: .repartition(topic), produced, key: keySerde, value: valueSerde)
        }
        let source = graph.addNode(names.source, .source([.repartition(topic)]), parents: []) { assembly in
            try SourceOperator.assemble(assembly, key: keySerde, value: valueSerde, extractor: .fail)
        }
        graph.addRepartitionTopic(
            topic, partitionCount: partitionCount, source: source,
            mergeable: isMergeable ? (keySerde.identity, valueSerde.identity) : nil)
        return KStream(
            graph: graph, node: source, keySerde: keySerde, valueSerde: valueSerde, sources: [source],
            needsRepartition: false)
    }
}

/// How a stream is repartitioned. What is left out comes from the stream; the number of partitions from what it is
/// made from.
public struct Repartitioned<Key, Value>: Sendable {
    @usableFromInline let key: AnySerde<Key>?
    @usableFromInline let value: AnySerde<Value>?
    @usableFromInline let name: String?
    @usableFromInline let partitionCount: Int32?
    @usableFromInline let partitioner: Produced<Key, Value>.Partitioner?

    /// - Parameter name: of the topic, which is called `<application id>-<name>-repartition`.
    /// - Parameter partitioner: chooses the partition; nil leaves it to the hash of the key.
    /// - Parameter partitions: the partitions that are read.
    @inlinable
    public init(
        name: String? = nil, partitions: Int32? = nil, partitioner: Produced<Key, Value>.Partitioner? = nil
    ) {
        key = nil
        value = nil
        self.name = name
        partitionCount = partitions
        self.partitioner = partitioner
    }

    /// Everything that is left out comes from the stream.
    @inlinable
    public init(
        name: String? = nil, partitions: Int32? = nil, key: some Serde<Key>, value: some Serde<Value>,
        partitioner: Produced<Key, Value>.Partitioner? = nil
    ) {
        self.key = AnySerde(key)
        self.value = AnySerde(value)
        self.name = name
        partitionCount = partitions
        self.partitioner = partitioner
    }
}
