// Joins of two tables by their common key. An update of either side gives a new result (SEMANTICS G1–G4).

extension KTable {
    /// The rows that both tables have, joined. A result is deleted when one of its rows is.
    ///
    /// Tables are joined where their partitions are: both must have the same number of partitions, and the same
    /// partitioner. What comes out between two updates that belong together depends on which of them comes first. A
    /// result's timestamp is the larger of its rows'.
    ///
    ///     customers.join(addresses) { customer, address in Label(customer.name, address.street) }
    ///
    /// - Parameters:
    ///   - materialized: keeps the results in a store; nil computes them when they are needed.
    ///   - name: of the node.
    ///   - joiner: the result for two rows; nil deletes it.
    ///   - other: the other side.
    @inlinable
    public func join<Other: Sendable, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, name: String? = nil,
        _ joiner: @escaping @Sendable (Value, Other) throws -> Result?
    ) -> KTable<Key, Result> {
        joined(
            other, materialized, name: name,
            TableJoinRule(needsOwn: true, needsOther: true) { left, right in
                guard let left, let right else { return nil }
                return try joiner(left, right)
            })
    }

    /// The rows of this table, each with the other's row of its key, or with nil where there is none.
    @inlinable
    public func leftJoin<Other: Sendable, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, name: String? = nil,
        _ joiner: @escaping @Sendable (Value, Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        joined(
            other, materialized, name: name,
            TableJoinRule(needsOwn: true, needsOther: false) { left, right in
                guard let left else { return nil }
                return try joiner(left, right)
            })
    }

    /// The rows of both tables by key, with nil for the side that has none. The joiner is never given nil twice.
    @inlinable
    public func outerJoin<Other: Sendable, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>? = nil, name: String? = nil,
        _ joiner: @escaping @Sendable (Value?, Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        joined(other, materialized, name: name, TableJoinRule(needsOwn: false, needsOther: false, joiner))
    }

    /// Makes the three nodes, taking names in Kafka Streams' order.
    @inlinable
    func joined<Other: Sendable, Result: Sendable>(
        _ other: KTable<Key, Other>, _ materialized: Materialized<Key, Result>?, name: String?,
        _ rule: TableJoinRule<Value, Other, Result>
    ) -> KTable<Key, Result> {
        let store = materialized.map { $0.name ?? graph.newStoreName("KTABLE-MERGE-") }
        let nodeName = name ?? graph.newName("KTABLE-MERGE-")
        // A left join must know whether the row was there before it tells of a deletion.
        if !rule.needsOther { _ = access.enableOldValues(true) }
        if !rule.needsOwn { _ = other.access.enableOldValues(true) }
        let thisName = name.map { $0 + "-join-this" } ?? graph.newName("KTABLE-JOINTHIS-")
        let otherName = name.map { $0 + "-join-other" } ?? graph.newName("KTABLE-JOINOTHER-")
        let lefts = access.getter()
        let rights = other.access.getter()
        let this = graph.addNode(thisName, parents: [node], stores: rights.stores) { assembly in
            try TableJoinOperator.assemble(assembly, other: rights, rule)
        }
        let that = graph.addNode(otherName, parents: [other.node], stores: lefts.stores) { assembly in
            try TableJoinOperator.assemble(assembly, other: lefts, rule.reversed)
        }
        let emission = materialized?.emission
        let merge = graph.addNode(nodeName, parents: [this, that]) { assembly in
            try TableMergeOperator.assemble(assembly, emission: emission, Key.self, Result.self)
        }
        let sides = [this, that, merge]
        for side in sides { side.passOldValues() }
        merge.wantOldValues()
        let sources = self.sources + other.sources.filter { source in !self.sources.contains { $0 === source } }
        graph.copartition(sources, for: nodeName)
        let key = materialized?.key ?? keySerde
        if let materialized, let store {
            let key = graph.require(key, "key", of: nodeName)
            graph.addKeyValueStore(
                store, materialized, key: key, value: graph.require(materialized.value, "value", of: nodeName))
            merge.connect(to: store)
            merge.keepTable(in: store)
        }
        let (left, right) = (access, other.access)
        let access = TableAccess<Key, Result>(
            enableOldValues: { _ in
                _ = left.enableOldValues(true)
                _ = right.enableOldValues(true)
                for side in sides { side.sendOldValues() }
                return true
            },
            getter: {
                if let store { return .store(store) }
                return .joined(left.getter(), right.getter(), rule)
            })
        return KTable<Key, Result>(
            graph: graph, node: merge, keySerde: key, valueSerde: materialized?.value, sources: sources, access: access)
    }
}
