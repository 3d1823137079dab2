/// How a stream is joined: serdes for the repartition topic that it may need, and the node's name. What is left out
/// comes from the stream.
public struct Joined<Key, Value>: Sendable {
    @usableFromInline let key: AnySerde<Key>?
    @usableFromInline let value: AnySerde<Value>?
    @usableFromInline let name: String?

    @inlinable
    public init(key: some Serde<Key>, value: some Serde<Value>, name: String? = nil) {
        self.key = AnySerde(key)
        self.value = AnySerde(value)
        self.name = name
    }

    @inlinable
    public init(name: String? = nil) {
        key = nil
        value = nil
        self.name = name
    }
}

extension KStream where Key: Hashable & Sendable {
    /// Each record with the table's row of its key; records without one are dropped. The stream goes through a
    /// repartition topic if its key may have changed; stream and table must have the same number of partitions.
    ///
    ///     messages.join(users) { message, user in Post(author: user.name, text: message.text) }
    @inlinable
    public func join<Row: Sendable, Result>(
        _ table: KTable<Key, Row>, _ joined: Joined<Key, Value> = Joined(),
        _ joiner: @escaping @Sendable (Value, Row) throws -> Result
    ) -> KStream<Key, Result> {
        joining(table, joined, isLeft: false) { _, value, row in
            guard let row else { return nil }
            return try joiner(value, row)
        }
    }

    /// Each record with the table's row of its key, or with nil where there is none.
    @inlinable
    public func leftJoin<Row: Sendable, Result>(
        _ table: KTable<Key, Row>, _ joined: Joined<Key, Value> = Joined(),
        _ joiner: @escaping @Sendable (Value, Row?) throws -> Result
    ) -> KStream<Key, Result> {
        joining(table, joined, isLeft: true) { _, value, row in try joiner(value, row) }
    }

    @inlinable
    func joining<Row: Sendable, Result>(
        _ table: KTable<Key, Row>, _ joined: Joined<Key, Value>, isLeft: Bool,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) -> KStream<Key, Result> {
        let input =
            needsRepartition
            ? throughRepartitionTopic(
                joined.name ?? graph.newTopicName(positional: node.name), key: joined.key ?? keySerde,
                value: joined.value ?? valueSerde, isMergeable: true)
            : self
        let nodeName = joined.name ?? graph.newName(isLeft ? "KSTREAM-LEFTJOIN-" : "KSTREAM-JOIN-")
        let rows = table.access.getter()
        let node = graph.addNode(nodeName, parents: [input.node], stores: rows.stores) { assembly in
            try StreamTableJoinOperator.assemble(assembly, table: rows, isLeft: isLeft, joiner)
        }
        node.acceptsNullKeys = isLeft
        let sources = input.sources + table.sources.filter { source in !input.sources.contains { $0 === source } }
        graph.copartition(sources, for: nodeName)
        return KStream<Key, Result>(
            graph: graph, node: node, keySerde: joined.key ?? keySerde, valueSerde: nil, sources: sources,
            needsRepartition: false)
    }
}

extension NullableKStream where Key: Hashable & Sendable {
    /// `KStream.join` with a look at the key, for a joiner that may give nil.
    @inlinable
    public func join<Row: Sendable, Result>(
        _ table: KTable<Key, Row>, _ joined: Joined<Key, Value> = Joined(),
        _ joiner: @escaping @Sendable (Key?, Value, Row) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.joining(table, joined, isLeft: false) { key, value, row in
            guard let row else { return nil }
            return try joiner(key, value, row)
        }
    }

    /// `KStream.leftJoin` with a look at the key, which may be nil, for a joiner that may give nil.
    @inlinable
    public func leftJoin<Row: Sendable, Result>(
        _ table: KTable<Key, Row>, _ joined: Joined<Key, Value> = Joined(),
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.joining(table, joined, isLeft: true, joiner)
    }
}
