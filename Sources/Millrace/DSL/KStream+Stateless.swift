// The stateless steps of a stream for closures of plain keys and values.

extension KStream {
    /// Keeps the records for which `predicate` holds.
    @inlinable
    public func filter(
        name: String? = nil, _ predicate: @escaping @Sendable (Key, Value) throws -> Bool
    ) -> KStream<Key, Value> {
        nullable.filter(name: name, nonNull(predicate))
    }

    /// Drops the records for which `predicate` holds.
    @inlinable
    public func filterNot(
        name: String? = nil, _ predicate: @escaping @Sendable (Key, Value) throws -> Bool
    ) -> KStream<Key, Value> {
        nullable.filterNot(name: name, nonNull(predicate))
    }

    /// A new key and a new value for each record. Grouping or joining the result goes through a repartition topic.
    @inlinable
    public func map<NewKey, NewValue>(
        name: String? = nil, _ transform: @escaping @Sendable (Key, Value) throws -> (NewKey, NewValue)
    ) -> KStream<NewKey, NewValue> {
        nullable.map(name: name) { key, value in
            guard let key else { throw UnexpectedNull(.key) }
            guard let value else { throw UnexpectedNull(.value) }
            return try transform(key, value)
        }
    }

    /// A new value for each record.
    @inlinable
    public func mapValues<NewValue>(
        name: String? = nil, _ transform: @escaping @Sendable (Value) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        nullable.mapValues(name: name, nonNullValue(transform))
    }

    /// A new value for each record, with a look at the key.
    @inlinable
    public func mapValues<NewValue>(
        name: String? = nil, _ transform: @escaping @Sendable (Key, Value) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        nullable.mapValues(name: name, nonNull(transform))
    }

    /// A new key for each record. Grouping or joining the result goes through a repartition topic.
    @inlinable
    public func selectKey<NewKey>(
        name: String? = nil, _ selector: @escaping @Sendable (Key, Value) throws -> NewKey
    ) -> KStream<NewKey, Value> {
        nullable.selectKey(name: name, nonNull(selector))
    }

    /// Any number of records for each one.
    @inlinable
    public func flatMap<NewKey, NewValue, Pairs: Sequence & SendableMetatype>(
        name: String? = nil, _ transform: @escaping @Sendable (Key, Value) throws -> Pairs
    ) -> KStream<NewKey, NewValue> where Pairs.Element == (NewKey, NewValue) {
        nullable.flatMap(name: name) { key, value in
            guard let key else { throw UnexpectedNull(.key) }
            guard let value else { throw UnexpectedNull(.value) }
            return try transform(key, value).lazy.map { (NewKey?.some($0.0), NewValue?.some($0.1)) }
        }
    }

    /// Any number of values for each record, all with its key.
    @inlinable
    public func flatMapValues<Values: Sequence & SendableMetatype>(
        name: String? = nil, _ transform: @escaping @Sendable (Value) throws -> Values
    ) -> KStream<Key, Values.Element> {
        nullable.flatMapValues(name: name) { _, value in
            guard let value else { throw UnexpectedNull(.value) }
            return try transform(value).lazy.map { Optional($0) }
        }
    }

    /// Any number of values for each record, with a look at the key.
    @inlinable
    public func flatMapValues<Values: Sequence & SendableMetatype>(
        name: String? = nil, _ transform: @escaping @Sendable (Key, Value) throws -> Values
    ) -> KStream<Key, Values.Element> {
        nullable.flatMapValues(name: name) { key, value in
            guard let key else { throw UnexpectedNull(.key) }
            guard let value else { throw UnexpectedNull(.value) }
            return try transform(key, value).lazy.map { Optional($0) }
        }
    }

    /// Shows each record to `action` and passes it on.
    @inlinable
    public func peek(
        name: String? = nil, _ action: @escaping @Sendable (Key, Value) throws -> Void
    ) -> KStream<Key, Value> {
        nullable.peek(name: name, nonNull(action))
    }

    /// Shows each record to `action`; the chain ends here.
    @inlinable
    public func forEach(name: String? = nil, _ action: @escaping @Sendable (Key, Value) throws -> Void) {
        nullable.forEach(name: name, nonNull(action))
    }

    /// Begins a division of the stream into branches; the first predicate that holds takes the record.
    ///
    ///     let parts = stream.split(name: "size-")
    ///         .branch(name: "big") { _, value in value.count > 100 }
    ///         .defaultBranch(name: "small")
    ///     parts["size-big"]
    @inlinable
    public func split(name: String? = nil) -> BranchedKStream<Key, Value> {
        BranchedKStream(stream: self, name: name)
    }

    /// The records of both streams, in the order in which they come.
    @inlinable
    public func merge(_ other: KStream<Key, Value>, name: String? = nil) -> KStream<Key, Value> {
        let node = graph.addNode(name ?? graph.newName("KSTREAM-MERGE-"), parents: [self.node, other.node]) {
            try PassThroughOperator.assemble($0, Key.self, Value.self)
        }
        return KStream(
            graph: graph, node: node, keySerde: keySerde ?? other.keySerde, valueSerde: valueSerde ?? other.valueSerde,
            sources: sources + other.sources.filter { other in !sources.contains { $0 === other } },
            needsRepartition: needsRepartition || other.needsRepartition)
    }
}
