/// A view of a stream whose closures take and give nil for null keys and values: exactly what Kafka Streams' lambdas
/// see. Results are ordinary streams; ask for `nullable` again where it is needed.
public struct NullableKStream<Key, Value> {
    @usableFromInline let stream: KStream<Key, Value>

    @inlinable
    init(stream: KStream<Key, Value>) { self.stream = stream }

    /// Keeps the records for which `predicate` holds.
    @inlinable
    public func filter(
        name: String? = nil, _ predicate: @escaping @Sendable (Key?, Value?) throws -> Bool
    ) -> KStream<Key, Value> {
        let node = stream.addNode("KSTREAM-FILTER-", name) { assembly in
            try FilterOperator.assemble(assembly, keeping: true, predicate)
        }
        node.passesRecords = true
        return stream.with(
            node, key: stream.keySerde, value: stream.valueSerde, needsRepartition: stream.needsRepartition)
    }

    /// Drops the records for which `predicate` holds.
    @inlinable
    public func filterNot(
        name: String? = nil, _ predicate: @escaping @Sendable (Key?, Value?) throws -> Bool
    ) -> KStream<Key, Value> {
        let node = stream.addNode("KSTREAM-FILTER-", name) { assembly in
            try FilterOperator.assemble(assembly, keeping: false, predicate)
        }
        node.passesRecords = true
        return stream.with(
            node, key: stream.keySerde, value: stream.valueSerde, needsRepartition: stream.needsRepartition)
    }

    /// A new key and a new value for each record; grouping or joining the result goes through a repartition topic.
    @inlinable
    public func map<NewKey, NewValue>(
        name: String? = nil, _ transform: @escaping @Sendable (Key?, Value?) throws -> (NewKey?, NewValue?)
    ) -> KStream<NewKey, NewValue> {
        let node = stream.addNode("KSTREAM-MAP-", name) { assembly in
            try MapOperator.assemble(assembly, transform)
        }
        node.changesKey = true
        return stream.with(node, key: nil, value: nil, needsRepartition: true)
    }

    /// A new value for each record; nil makes it null.
    @inlinable
    public func mapValues<NewValue>(
        name: String? = nil, _ transform: @escaping @Sendable (Key?, Value?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        let node = stream.addNode("KSTREAM-MAPVALUES-", name) { assembly in
            try MapValuesOperator.assemble(assembly, transform)
        }
        return stream.with(node, key: stream.keySerde, value: nil, needsRepartition: stream.needsRepartition)
    }

    /// A new key for each record; grouping or joining the result drops those without one.
    @inlinable
    public func selectKey<NewKey>(
        name: String? = nil, _ selector: @escaping @Sendable (Key?, Value?) throws -> NewKey?
    ) -> KStream<NewKey, Value> {
        let node = stream.addNode("KSTREAM-KEY-SELECT-", name) { assembly in
            try MapOperator.assembleSelectKey(assembly, selector)
        }
        node.changesKey = true
        return stream.with(node, key: nil, value: stream.valueSerde, needsRepartition: true)
    }

    /// Any number of records for each one.
    @inlinable
    public func flatMap<NewKey, NewValue, Pairs: Sequence & SendableMetatype>(
        name: String? = nil, _ transform: @escaping @Sendable (Key?, Value?) throws -> Pairs
    ) -> KStream<NewKey, NewValue> where Pairs.Element == (NewKey?, NewValue?) {
        let node = stream.addNode("KSTREAM-FLATMAP-", name) { assembly in
            try FlatMapOperator.assemble(assembly, transform)
        }
        node.changesKey = true
        return stream.with(node, key: nil, value: nil, needsRepartition: true)
    }

    /// Any number of values for each record, all with its key.
    @inlinable
    public func flatMapValues<NewValue, Values: Sequence & SendableMetatype>(
        name: String? = nil, _ transform: @escaping @Sendable (Key?, Value?) throws -> Values
    ) -> KStream<Key, NewValue> where Values.Element == NewValue? {
        let node = stream.addNode("KSTREAM-FLATMAPVALUES-", name) { assembly in
            try FlatMapOperator.assembleValues(assembly, transform)
        }
        return stream.with(node, key: stream.keySerde, value: nil, needsRepartition: stream.needsRepartition)
    }

    /// Shows each record to `action` and passes it on.
    @inlinable
    public func peek(
        name: String? = nil, _ action: @escaping @Sendable (Key?, Value?) throws -> Void
    ) -> KStream<Key, Value> {
        let node = stream.addNode("KSTREAM-PEEK-", name) { assembly in
            try PeekOperator.assemble(assembly, forwards: true, action)
        }
        node.passesRecords = true
        return stream.with(
            node, key: stream.keySerde, value: stream.valueSerde, needsRepartition: stream.needsRepartition)
    }

    /// Shows each record to `action`; the chain ends here.
    @inlinable
    public func forEach(name: String? = nil, _ action: @escaping @Sendable (Key?, Value?) throws -> Void) {
        _ = stream.addNode("KSTREAM-FOREACH-", name) { assembly in
            try PeekOperator.assemble(assembly, forwards: false, action)
        }
    }

    /// Begins a division of the stream into branches; the first predicate that holds takes the record.
    @inlinable
    public func split(name: String? = nil) -> BranchedKStream<Key, Value> {
        BranchedKStream(stream: stream, name: name)
    }
}
