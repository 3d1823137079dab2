/// How a cogrouped stream is aggregated.
@usableFromInline
enum CogroupKind<Key, Aggregate>: Sendable {
    /// By key alone.
    case keyed
    case timeWindowed(TimeWindows)
    /// - Parameter merger: of what was merged so far, beginning with the initial value, and the next session's.
    case sessions(
        SessionWindows, key: AnySerde<Key>, merger: @Sendable (Key, Aggregate?, Aggregate) throws -> Aggregate?)
    case slidingWindowed(SlidingWindows, SlidingWindowOperator.Closing<Key>)
}

/// What the nodes of a cogroup have in common. Pure.
@usableFromInline
struct CogroupPlan<Key, Aggregate>: Sendable {
    @usableFromInline let kind: CogroupKind<Key, Aggregate>
    @usableFromInline let store: String
    @usableFromInline let emission: EmissionPolicy?
    @usableFromInline let initial: @Sendable () throws -> Aggregate?

    @inlinable
    init(
        _ kind: CogroupKind<Key, Aggregate>, store: String, emission: EmissionPolicy?,
        initial: @escaping @Sendable () throws -> Aggregate?
    ) {
        self.kind = kind
        self.store = store
        self.emission = emission
        self.initial = initial
    }
}

/// One of the streams of a cogroup, free of its values' type. Pure; lives while the topology is described.
@usableFromInline
struct CogroupedInput<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let keySerde: AnySerde<Key>?
    /// Whether the stream goes through a repartition topic that the store names.
    @usableFromInline let takesTopicName: Bool
    /// The node that aggregation hangs on, behind a repartition topic where one is needed, and the sources above it.
    @usableFromInline let repartitioned: (_ store: String) -> (node: GraphNode, sources: [GraphNode])
    /// Makes the node's part in a task: a `Receiver` of the stream's own types.
    @usableFromInline let assemble: @Sendable (NodeAssembly, CogroupPlan<Key, Aggregate>) throws -> Any

    @inlinable
    init<Value>(
        _ grouped: KGroupedStream<Key, Value>,
        _ aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) {
        keySerde = grouped.stream.keySerde
        takesTopicName = grouped.stream.needsRepartition && grouped.name == nil
        repartitioned = { store in
            let stream = grouped.repartitionedIfNeeded(store: store)
            return (stream.node, stream.sources)
        }
        assemble = { assembly, plan in
            switch plan.kind {
            case .keyed:
                try AggregateOperator.assemble(
                    assembly, store: plan.store, emission: plan.emission, initial: plan.initial,
                    aggregator: { (key: Key, value: Value, aggregate) in try aggregator(key, value, aggregate) })
            case .timeWindowed(let windows):
                try WindowedAggregateOperator.assemble(
                    assembly, store: plan.store, windows: windows, emission: plan.emission, initial: plan.initial,
                    aggregator: aggregator)
            case .slidingWindowed(let windows, let closing):
                try SlidingWindowOperator.assemble(
                    assembly, store: plan.store, windows: windows, emission: plan.emission, closing: closing,
                    initial: plan.initial,
                    aggregator: { (key: Key, value: Value, aggregate) in try aggregator(key, value, aggregate) })
            case .sessions(let windows, let key, let merger):
                try SessionAggregateOperator.assemble(
                    assembly, store: plan.store, windows: windows, emission: plan.emission, key: key,
                    initial: plan.initial, merger: merger, aggregator: aggregator)
            }
        }
    }

    /// For closures that know no nulls.
    @inlinable
    static func nonNull<Value>(
        _ aggregator: @escaping @Sendable (Key, Value, Aggregate) throws -> Aggregate?
    ) -> @Sendable (Key, Value?, Aggregate?) throws -> Aggregate? {
        { key, value, aggregate in
            guard let value else { throw UnexpectedNull(.value) }
            guard let aggregate else { throw UnexpectedNull(.aggregate) }
            return try aggregator(key, value, aggregate)
        }
    }
}

/// What all cogroups do while they are described: names in Kafka Streams' order, repartition topics, one node for each
/// stream and one that merges what they forward.
@usableFromInline
struct CogroupParts<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let graph: TopologyGraph
    @usableFromInline let inputs: [CogroupedInput<Key, Aggregate>]
    @usableFromInline let materialized: Materialized<Key, Aggregate>
    @usableFromInline let store: String
    /// Where each stream comes from.
    @usableFromInline let parents: [GraphNode]
    @usableFromInline let sources: [GraphNode]
    /// Of the streams' nodes, then of the merging one.
    @usableFromInline let names: [String]
    @usableFromInline let key: AnySerde<Key>
    @usableFromInline let value: AnySerde<Aggregate>

    @inlinable
    init(_ cogrouped: CogroupedKStream<Key, Aggregate>, _ materialized: Materialized<Key, Aggregate>, name: String?) {
        let graph = cogrouped.graph
        let inputs = cogrouped.inputs
        let store = materialized.name ?? graph.newStoreName("COGROUPKSTREAM-AGGREGATE-")
        var parents: [GraphNode] = []
        var sources: [GraphNode] = []
        var topics = 0
        for input in inputs {
            // The first is called like Kafka Streams', which can make no more than one.
            let (node, above) = input.repartitioned(topics == 0 ? store : "\(store)-\(topics)")
            if input.takesTopicName { topics += 1 }
            parents.append(node)
            for source in above where !sources.contains(where: { $0 === source }) { sources.append(source) }
        }
        var names: [String] = []
        for index in inputs.indices {
            let numbered = graph.newName("COGROUPKSTREAM-AGGREGATE-")
            names.append(name.map { "\($0)-cogroup-agg-\(index)" } ?? numbered)
        }
        let numbered = graph.newName("COGROUPKSTREAM-MERGE-")
        names.append(name.map { $0 + "-cogroup-merge" } ?? numbered)
        if inputs.count > 1 { graph.copartition(sources, for: names[inputs.count]) }
        if materialized.emission == .onWindowClose {
            let message =
                "emission is .onWindowClose, but each of the cogrouped streams has a time of its own; "
                + "choose another and add .suppress(.untilWindowCloses())"
            graph.fail(.invalidArgument(node: names[inputs.count], message: message))
        }
        key = graph.require(
            materialized.key ?? inputs.lazy.compactMap(\.keySerde).first, "key", of: names[inputs.count])
        value = graph.require(materialized.value, "value", of: names[inputs.count])
        self.graph = graph
        self.inputs = inputs
        self.parents = parents
        self.sources = sources
        self.names = names
        self.materialized = materialized
        self.store = store
    }

    /// The node that a mistake is told of.
    @inlinable var node: String { names[inputs.count] }

    /// Makes the nodes, once the store has been added.
    /// - Parameter coalesce: has the merging node forward what waits for a commit, once for all streams.
    @inlinable
    func table<TableKey: Hashable & Sendable>(
        _ kind: CogroupKind<Key, Aggregate>, initial: @escaping @Sendable () throws -> Aggregate?,
        keySerde: AnySerde<TableKey>, getter: TableGetter<TableKey, Aggregate>, closing: WindowClosing?,
        coalesce: @escaping @Sendable (TableForwarder<TableKey, Aggregate>, NodeAssembly) throws -> Void
    ) -> KTable<TableKey, Aggregate> {
        let emission = materialized.emission
        let plan = CogroupPlan(kind, store: store, emission: emission, initial: initial)
        let nodes = inputs.indices.map { index in
            let assemble = inputs[index].assemble
            let node = graph.addNode(names[index], parents: [parents[index]], stores: [store]) { assembly in
                try assemble(assembly, plan)
            }
            node.leaveCoalescingBehind()
            return node
        }
        let merge = graph.addNode(names[inputs.count], parents: nodes) { assembly in
            try CogroupMergeOperator.assemble(assembly, emission: emission, coalesce)
        }
        merge.keepTable(in: store)
        merge.windowClosing = closing
        return KTable(
            graph: graph, node: merge, keySerde: keySerde, valueSerde: value, sources: sources,
            access: TableAccess(
                enableOldValues: { _ in
                    for node in nodes { node.sendOldValues() }
                    merge.sendOldValues()
                    return true
                },
                getter: { getter }))
    }
}
