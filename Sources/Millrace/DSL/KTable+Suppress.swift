public import MillraceStores

// Tables that say less: `suppress`.

extension KTable {
    /// A table of which each row is told later and less often than it changes.
    ///
    ///     logins.groupByKey().windowed(by: .tumbling(size: .seconds(60), grace: .seconds(5))).count()
    ///         .suppress(.untilWindowCloses())        // one count a minute and key, five seconds after it
    ///         .toStream().to("logins-per-minute")
    ///
    /// What is held back lies in a store with a changelog and survives a crash with everything else. Time is that of
    /// the table's updates: nothing leaves without one (SEMANTICS D7). Whoever reads rows of this table, as a join
    /// does, sees for a row that is held what was told last.
    ///
    /// - Parameters:
    ///   - suppressed: what is held back, for how long, and how much of it.
    ///   - materialized: the store of what is held, and serdes where the table has none of its own, as after
    ///     `mapValues`. It has no retention and no emission policy.
    ///   - name: of the node; its store is called so, with `-store` added, unless it has a name.
    @inlinable
    public func suppress(
        _ suppressed: Suppressed<Key>, _ materialized: Materialized<Key, Value> = Materialized(), name: String? = nil
    ) -> KTable<Key, Value> {
        let nodeName = name ?? graph.newName("KTABLE-SUPPRESS-")
        let close = suppressed.wait == nil ? graph.closingOfWindows(before: node) : nil
        let store = materialized.name ?? name.map { $0 + "-store" } ?? graph.newStoreName("KTABLE-SUPPRESS-")
        graph.check(suppressed, close, node: nodeName)
        if access.history != nil {
            let message = "the rows of a versioned table come in any order of time, and cannot be suppressed"
            graph.fail(.invalidArgument(node: nodeName, message: message))
        }
        if materialized.retention != nil || materialized.emission != nil {
            let message = "what a suppressed table holds has no retention and no emission policy; leave them out"
            graph.fail(.invalidArgument(node: nodeName, message: message))
        }
        // What a row was before it was held is known from the first update's old value alone.
        _ = access.enableOldValues(true)
        let key = graph.require(materialized.key ?? keySerde, "key", of: nodeName)
        let value = graph.require(materialized.value ?? valueSerde, "value", of: nodeName)
        let rowSerde = SuppressedRowSerde(value)
        let specification = Stores.keyValue(
            store, keySerde: key, valueSerde: rowSerde, isPersistent: materialized.location == .persistent)
        graph.addStore(materialized.isLogged ? specification : specification.withoutChangelog())
        let plan = SuppressPlan(
            orderTime: suppressed.orderTime,
            waitMilliseconds: suppressed.wait?.wholeMilliseconds ?? close?.delayMilliseconds ?? 0,
            isFinal: suppressed.wait == nil, includesWindowEnd: close?.includesEnd ?? false, bounds: suppressed.bounds)
        let node = graph.addNode(nodeName, parents: [node], stores: [store]) { assembly in
            try SuppressOperator.assemble(assembly, store: store, plan, key: key, measuring: rowSerde)
        }
        let parent = access
        return KTable(
            graph: graph, node: node, keySerde: key, valueSerde: value, sources: sources,
            access: TableAccess(
                enableOldValues: { _ in
                    node.sendOldValues()
                    return true
                },
                getter: { .suppressed(in: store, over: parent.getter()) }))
    }
}

extension TopologyGraph {
    @usableFromInline
    func check<Key>(_ suppressed: Suppressed<Key>, _ close: WindowClosing?, node: String) {
        let isFinal = suppressed.wait == nil
        if let problem = suppressed.bounds.problem(isFinal: isFinal) {
            fail(.invalidArgument(node: node, message: problem))
        }
        if let wait = suppressed.wait, wait < .zero {
            fail(.invalidArgument(node: node, message: "a time limit of \(wait); it must not be negative"))
        }
        if isFinal && close == nil {
            let message =
                "nothing says when these windows close, since no windowed aggregation leads here; "
                + "suppress the table that one makes, or use .untilTimeLimit"
            fail(.invalidArgument(node: node, message: message))
        }
    }
}
