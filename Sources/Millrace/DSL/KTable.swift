/// A table: the latest value of each key, and a stream of changes to it. Each method describes one more step.
///
/// Closures take plain keys and values; where a table has no row, they are not called. What they throw goes to the
/// processing handler. They run on stream threads.
public struct KTable<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let graph: TopologyGraph
    @usableFromInline let node: GraphNode
    @usableFromInline let keySerde: AnySerde<Key>?
    @usableFromInline let valueSerde: AnySerde<Value>?
    /// The source nodes whose partitions the table follows.
    @usableFromInline let sources: [GraphNode]
    @usableFromInline let access: TableAccess<Key, Value>

    @inlinable
    init(
        graph: TopologyGraph, node: GraphNode, keySerde: AnySerde<Key>?, valueSerde: AnySerde<Value>?,
        sources: [GraphNode], access: TableAccess<Key, Value>
    ) {
        self.graph = graph
        self.node = node
        self.keySerde = keySerde
        self.valueSerde = valueSerde
        self.sources = sources
        self.access = access
    }

    /// The same table with a serde for its values, where the step that made it named none: one that computes rows of
    /// another type without keeping them. A step that sends rows elsewhere needs it, such as a foreign-key join.
    ///
    ///     counts.mapValues { _, count in "\(count)" }.serialized(value: .string)
    ///         .join(names, foreignKey: { _, count in count }) { count, name in name }
    @inlinable
    public func serialized(value: some Serde<Value>) -> KTable {
        KTable(
            graph: graph, node: node, keySerde: keySerde, valueSerde: AnySerde(value), sources: sources, access: access)
    }

    /// The changes as a stream: the new value of each, null where the row is gone (SEMANTICS D8).
    @inlinable
    public func toStream(name: String? = nil) -> KStream<Key, Value> {
        let node = graph.addNode(name ?? graph.newName("KTABLE-TOSTREAM-"), parents: [node]) { assembly in
            try TableToStreamOperator.assemble(assembly, Key.self, Value.self)
        }
        return KStream(
            graph: graph, node: node, keySerde: keySerde, valueSerde: valueSerde, sources: sources,
            needsRepartition: false)
    }

    /// The changes as a stream with other keys. The value is nil where the row is gone.
    @inlinable
    public func toStream<NewKey>(
        name: String? = nil, key: @escaping @Sendable (Key, Value?) throws -> NewKey?
    ) -> KStream<NewKey, Value> {
        toStream(name: name.map { $0 + "-to-stream" }).nullable.selectKey(name: name) { old, value in
            guard let old else { throw UnexpectedNull(.key) }
            return try key(old, value)
        }
    }
}

/// What steps downstream can ask of a table while the topology is described. It reaches up through tables that are
/// computed from others to the one that has a store, as in Kafka Streams.
@usableFromInline
struct TableAccess<Key: Hashable & Sendable, Value: Sendable> {
    /// Asks for changes that carry old values; with `true` a store is made for it where it has to be. Returns whether
    /// old values will come.
    @usableFromInline let enableOldValues: (_ isForced: Bool) -> Bool
    /// Asks for the table's rows; a store is made for them where there is none.
    @usableFromInline let getter: () -> TableGetter<Key, Value>
    /// How far back rows can be read as of a time; nil for a table that is not versioned.
    @usableFromInline let history: Duration?

    @inlinable
    init(
        enableOldValues: @escaping (Bool) -> Bool, getter: @escaping () -> TableGetter<Key, Value>,
        history: Duration? = nil
    ) {
        self.enableOldValues = enableOldValues
        self.getter = getter
        self.history = history
    }

    /// For tables that always have a store.
    @inlinable
    init(node: GraphNode, store: String) {
        self.init(
            enableOldValues: { _ in
                node.sendOldValues()
                return true
            },
            getter: { .store(store) })
    }
}

/// How a task reads a table's rows: the stores that the reader must be connected to, and how its getter is made.
@usableFromInline
struct TableGetter<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let stores: [String]
    @usableFromInline let assemble: @Sendable (NodeAssembly) throws -> ValueGetter<Key, Value>

    @inlinable
    init(stores: [String], assemble: @escaping @Sendable (NodeAssembly) throws -> ValueGetter<Key, Value>) {
        self.stores = stores
        self.assemble = assemble
    }
}
