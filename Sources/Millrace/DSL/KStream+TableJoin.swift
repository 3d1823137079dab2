public import MillraceStores

/// How a stream is joined: serdes for the repartition topic that it may need, and the node's name. What is left out
/// comes from the stream.
public struct Joined<Key, Value>: Sendable {
    @usableFromInline let key: AnySerde<Key>?
    @usableFromInline let value: AnySerde<Value>?
    @usableFromInline let name: String?
    @usableFromInline let grace: Duration?

    /// - Parameters:
    ///   - name: of the node, and of a repartition topic before it.
    ///   - grace: how long the stream's records wait for the table, in stream time (KIP-923): each is held back until a
    ///     record has come that is so much later, and then meets the row as of its own time. The table must be
    ///     versioned, with a history at least as long. Nil: they do not wait.
    ///   - key: of the record or row.
    ///   - value: of the record.
    @inlinable
    public init(key: some Serde<Key>, value: some Serde<Value>, name: String? = nil, grace: Duration? = nil) {
        self.key = AnySerde(key)
        self.value = AnySerde(value)
        self.name = name
        self.grace = grace
    }

    /// Keys and values keep the serdes of the stream.
    @inlinable
    public init(name: String? = nil, grace: Duration? = nil) {
        key = nil
        value = nil
        self.name = name
        self.grace = grace
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
        let input = needsRepartition ? repartitioned(for: joined) : self
        let nodeName = joined.name ?? graph.newName(isLeft ? "KSTREAM-LEFTJOIN-" : "KSTREAM-JOIN-")
        let rows = table.access.getter()
        let node: GraphNode
        if let grace = joined.grace {
            let key = graph.require(joined.key ?? keySerde, "key", of: nodeName)
            let value = graph.require(joined.value ?? valueSerde, "value", of: nodeName)
            let buffer = graph.addJoinBuffer(of: nodeName, grace, table.access.history, key: key, value: value)
            node = graph.addNode(nodeName, parents: [input.node], stores: rows.stores + [buffer]) { assembly in
                try StreamTableJoinOperator.assembleWaiting(
                    assembly, table: rows, isLeft: isLeft, grace: grace.wholeMilliseconds, buffer: buffer, key: key,
                    joiner)
            }
        } else {
            node = graph.addNode(nodeName, parents: [input.node], stores: rows.stores) { assembly in
                try StreamTableJoinOperator.assemble(assembly, table: rows, isLeft: isLeft, joiner)
            }
        }
        node.acceptsNullKeys = isLeft
        let sources = input.sources + table.sources.filter { source in !input.sources.contains { $0 === source } }
        graph.copartition(sources, for: nodeName)
        return KStream<Key, Result>(
            graph: graph, node: node, keySerde: joined.key ?? keySerde, valueSerde: nil, sources: sources,
            needsRepartition: false)
    }

    /// The stream through a repartition topic. Where that is named after the stream's node, all joins of the stream
    /// share it, as in Kafka Streams; where each has a name of its own, `build` merges them.
    @inlinable
    func repartitioned(for joined: Joined<Key, Value>) -> KStream<Key, Value> {
        let topic = joined.name ?? graph.newTopicName(positional: node.name)
        if let made = graph.repartitioned(topic, from: node, as: KStream<Key, Value>.self) {
            _ = RepartitionNames(topic, in: graph)
            return made
        }
        let made = throughRepartitionTopic(
            topic, key: joined.key ?? keySerde, value: joined.value ?? valueSerde, isMergeable: true)
        graph.remember(made, repartitionedTo: topic, from: node)
        return made
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

extension TopologyGraph {
    /// The store of what waits in a stream-table join with grace, and the checks of that grace. Returns its name.
    @inlinable
    func addJoinBuffer<Key: Hashable & Sendable, Value>(
        of node: String, _ grace: Duration, _ history: Duration?, key: AnySerde<Key>, value: AnySerde<Value>
    ) -> String {
        let buffer = node + "-Buffer"
        checkGrace(grace, history: history, node: node)
        addStore(
            Stores.keyValue(buffer, keySerde: WaitingKeySerde(key), valueSerde: WaitingRecordSerde(value)))
        return buffer
    }

    @usableFromInline
    func checkGrace(_ grace: Duration, history: Duration?, node: String) {
        var problem: String?
        if grace < .zero {
            problem = "a grace of \(grace); it must not be negative"
        } else if let history, grace > history {
            problem =
                "a grace of \(grace), but the table's history is only \(history); "
                + "what has waited would meet rows that are forgotten"
        } else if history == nil {
            problem =
                "a stream can wait only for a versioned table; "
                + "make the table with .versioned(…), or leave the grace out"
        }
        if let problem { fail(.invalidArgument(node: node, message: problem)) }
    }
}
