/// A table that every instance holds whole: all partitions of its topic, loaded before any task processes a record and
/// kept up to date from then on (SEMANTICS F4). Streams join it by any key, without being repartitioned.
///
/// There is no order in time between a stream and a global table: a record meets the row as it has arrived by then. The
/// table has no changelog; its topic is the changelog, and should be compacted. Give its store a name to query it.
public struct GlobalKTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let storeName: String

    @inlinable
    init(storeName: String) { self.storeName = storeName }
}

extension StreamsBuilder {
    /// The records of a topic as a table that every instance holds whole: the last record of each key is its row, a
    /// null value deletes it, records without a key are dropped.
    ///
    ///     let users = builder.globalTable("users", Consumed(key: .string, value: .json(User.self)))
    ///     orders.join(users, key: { _, order in order.userID }) { order, user in Invoice(order, user) }
    ///
    /// A record that cannot be decoded goes to the deserialization handler, also while the table is loaded; there
    /// `.deadLetter` counts as `.skip`, since nothing is written without a task.
    ///
    /// - Parameter materialized: name and place of the store. On disk a restart reads only what has come since.
    /// - Parameter consumed: serdes and timestamps.
    /// - Parameter topic: the name of the topic.
    @inlinable
    public func globalTable<Key: Hashable & Sendable, Value: Sendable>(
        _ topic: String, _ consumed: Consumed<Key, Value>, materialized: Materialized<Key, Value> = Materialized()
    ) -> GlobalKTable<Key, Value> {
        let store = materialized.name ?? graph.newStoreName(topic + "-")
        let sourceName = consumed.name.map { $0 + "-table-source" } ?? graph.newName("KSTREAM-SOURCE-")
        let tableName = consumed.name ?? graph.newName("KTABLE-SOURCE-")
        let source = graph.addNode(sourceName, .source([.external(topic)]), parents: []) { assembly in
            try SourceOperator.assemble(
                assembly, key: consumed.key, value: consumed.value, extractor: consumed.timestampExtractor)
        }
        source.feedsTable = true
        source.isGlobal = true
        graph.addKeyValueStore(store, materialized.withoutChangelog(), key: consumed.key, value: consumed.value)
        let node = graph.addNode(tableName, parents: [source], stores: [store]) { assembly in
            // Nobody hears of the updates: there is nothing to wait for.
            try TableSourceOperator.assemble(assembly, emission: .everyUpdate, Key.self, Value.self)
        }
        node.isGlobal = true
        node.keepTable(in: store)
        return GlobalKTable(storeName: store)
    }
}

extension KStream {
    /// Each record with the global row that `key` names; records for which there is none are dropped. Key and timestamp
    /// stay; nothing is repartitioned.
    ///
    /// - Parameter key: the row's key; nil is no row. Records with a null value are dropped before it is asked.
    /// - Parameter joiner: the result for a pair.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter table: the table to join with.
    @inlinable
    public func join<GlobalKey: Hashable & Sendable, Row: Sendable, Result>(
        _ table: GlobalKTable<GlobalKey, Row>, name: String? = nil,
        key: @escaping @Sendable (Key, Value) throws -> GlobalKey?,
        _ joiner: @escaping @Sendable (Value, Row) throws -> Result
    ) -> KStream<Key, Result> {
        globalJoining(table, name, isLeft: false, key: presentKey(key)) { _, value, row in
            guard let row else { return nil }
            return try joiner(value, row)
        }
    }

    /// Each record with the global row that `key` names, or with nil where there is none. A record for which `key`
    /// gives nil is dropped (SEMANTICS B).
    @inlinable
    public func leftJoin<GlobalKey: Hashable & Sendable, Row: Sendable, Result>(
        _ table: GlobalKTable<GlobalKey, Row>, name: String? = nil,
        key: @escaping @Sendable (Key, Value) throws -> GlobalKey?,
        _ joiner: @escaping @Sendable (Value, Row?) throws -> Result
    ) -> KStream<Key, Result> {
        globalJoining(table, name, isLeft: true, key: presentKey(key)) { _, value, row in try joiner(value, row) }
    }

    /// The mapper for plain closures. It is asked for null values too, which are dropped afterwards.
    @inlinable
    func presentKey<GlobalKey>(
        _ key: @escaping @Sendable (Key, Value) throws -> GlobalKey?
    ) -> @Sendable (Key?, Value?) throws -> GlobalKey? {
        { recordKey, value in
            guard let value else { return nil }
            guard let recordKey else { throw UnexpectedNull(.key) }
            return try key(recordKey, value)
        }
    }

    @inlinable
    func globalJoining<GlobalKey: Hashable & Sendable, Row: Sendable, Result>(
        _ table: GlobalKTable<GlobalKey, Row>, _ name: String?, isLeft: Bool,
        key: @escaping @Sendable (Key?, Value?) throws -> GlobalKey?,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) -> KStream<Key, Result> {
        let store = table.storeName
        // Kafka Streams calls both kinds so.
        let node = addNode("KSTREAM-LEFTJOIN-", name) { assembly in
            try StreamGlobalJoinOperator.assemble(assembly, store: store, isLeft: isLeft, key: key, joiner)
        }
        node.acceptsNullKeys = isLeft
        return with(node, key: keySerde, value: nil, needsRepartition: needsRepartition)
    }
}

extension NullableKStream {
    /// `KStream.join` with a global table for closures that see null keys and values. `key` is asked for every record,
    /// also for those with null values, which are dropped; a null record key is no obstacle (SEMANTICS B).
    @inlinable
    public func join<GlobalKey: Hashable & Sendable, Row: Sendable, Result>(
        _ table: GlobalKTable<GlobalKey, Row>, name: String? = nil,
        key: @escaping @Sendable (Key?, Value?) throws -> GlobalKey?,
        _ joiner: @escaping @Sendable (Key?, Value, Row) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.globalJoining(table, name, isLeft: false, key: key) { key, value, row in
            guard let row else { return nil }
            return try joiner(key, value, row)
        }
    }

    /// `KStream.leftJoin` with a global table for closures that see null keys and values. Where `key` gives nil, a
    /// record without a key meets no row, and one with a key is dropped (NOTES 8).
    @inlinable
    public func leftJoin<GlobalKey: Hashable & Sendable, Row: Sendable, Result>(
        _ table: GlobalKTable<GlobalKey, Row>, name: String? = nil,
        key: @escaping @Sendable (Key?, Value?) throws -> GlobalKey?,
        _ joiner: @escaping @Sendable (Key?, Value, Row?) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.globalJoining(table, name, isLeft: true, key: key, joiner)
    }
}
