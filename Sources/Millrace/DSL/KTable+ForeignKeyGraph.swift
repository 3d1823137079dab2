public import MillraceStores

// The nodes, topics and stores of a foreign-key join. Three parts that run in up to two sub-topologies: the left side
// sends subscriptions, the right side answers them, the left side joins the answers.

extension KTable {
    @inlinable
    func foreignKeyJoined<ForeignKey: Hashable & Sendable, Other: Sendable, Result: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ extract: @escaping @Sendable (Key, Value) throws -> ForeignKey?,
        _ materialized: Materialized<Key, Result>?, _ joined: TableJoined<Key, ForeignKey>, isLeft: Bool,
        _ joiner: @escaping @Sendable (Value, Other?) throws -> Result?
    ) -> KTable<Key, Result> {
        _ = other.access.enableOldValues(true)
        _ = access.enableOldValues(true)
        let names = ForeignKeyJoinNames(joined.name, in: graph)
        let serdes = ForeignKeyJoinSerdes(
            primaryKey: graph.require(keySerde, "key", of: names.send),
            value: graph.require(valueSerde, "value", of: names.send),
            foreignKey: graph.require(other.keySerde, "key", of: names.joinForeign),
            otherValue: graph.require(other.valueSerde, "value", of: names.joinForeign))
        let subscriptions = addSubscriptionSending(names, serdes, joined, isLeft: isLeft, extract)
        let responses = addAnswering(other, subscriptions, names, serdes, joined)
        let lefts = access.getter()
        let resolver = graph.addNode(names.resolver, parents: [responses], stores: lefts.stores) { assembly in
            try ResponseJoinOperator.assemble(assembly, table: lefts, value: serdes.value, isLeft: isLeft, joiner)
        }
        let sources = self.sources + [responses]
        graph.copartition(sources, for: names.resolver)
        return foreignKeyResult(names.result, below: resolver, sources, materialized)
    }

    /// From the left table into the topic of subscriptions; returns the node that reads it.
    @inlinable
    func addSubscriptionSending<ForeignKey: Hashable & Sendable, Other: Sendable>(
        _ names: ForeignKeyJoinNames, _ serdes: ForeignKeyJoinSerdes<Key, Value, ForeignKey, Other>,
        _ joined: TableJoined<Key, ForeignKey>, isLeft: Bool,
        _ extract: @escaping @Sendable (Key, Value) throws -> ForeignKey?
    ) -> GraphNode {
        let send = graph.addNode(names.send, parents: [node]) { assembly in
            try SubscriptionSendOperator.assemble(
                assembly, isLeft: isLeft, value: serdes.value, foreignKey: serdes.foreignKey, extract)
        }
        let topic = TopicReference.subscription(names.subscriptionTopic)
        var produced = Produced<ForeignKey, ForeignKeySubscription<Key>>()
        if let partitioner = joined.otherPartitioner {
            produced = Produced(partitioner: { key, _, count in try key.flatMap { try partitioner($0, count) } })
        }
        let choice = produced
        _ = graph.addNode(names.subscriptionSink, .sink(topic), parents: [send]) { assembly in
            try SinkOperator.assemble(
                assembly, topic: topic, choice, key: serdes.foreignKey, value: serdes.subscription)
        }
        let source = graph.addNode(names.subscriptionSource, .source([topic]), parents: []) { assembly in
            try SourceOperator.assemble(
                assembly, key: serdes.foreignKey, value: serdes.subscription, extractor: .fail)
        }
        graph.addSubscriptionTopic(names.subscriptionTopic, source: source, role: "subscription-registration")
        return source
    }

    /// The right side: subscriptions and right rows into the topic of answers; returns the node that reads it.
    @inlinable
    func addAnswering<ForeignKey: Hashable & Sendable, Other: Sendable>(
        _ other: KTable<ForeignKey, Other>, _ subscriptions: GraphNode, _ names: ForeignKeyJoinNames,
        _ serdes: ForeignKeyJoinSerdes<Key, Value, ForeignKey, Other>, _ joined: TableJoined<Key, ForeignKey>
    ) -> GraphNode {
        graph.copartition(other.sources + [subscriptions], for: names.joinForeign)
        let store = names.subscriptionStore
        let fanOuts = names.fanOutStore
        let keys = SubscriptionKeySerde(serdes.foreignKey, serdes.primaryKey)
        graph.addStore(Stores.keyValue(store, keySerde: keys, valueSerde: serdes.subscription))
        graph.addStore(
            Stores.keyValue(fanOuts, keySerde: serdes.foreignKey, valueSerde: FanOutSerde(serdes.otherValue))
                .auxiliary())
        let receive = graph.addNode(names.receive, parents: [subscriptions], stores: [store]) { assembly in
            try SubscriptionReceiveOperator.assemble(assembly, store: store, ForeignKey.self, Key.self)
        }
        let rights = other.access.getter()
        let join = graph.addNode(names.joinForeign, parents: [receive], stores: rights.stores) { assembly in
            try SubscriptionJoinOperator.assemble(assembly, table: rights, Key.self)
        }
        let update = graph.addNode(names.foreignJoin, parents: [other.node], stores: [store, fanOuts]) { assembly in
            try ForeignTableJoinOperator.assemble(
                assembly, subscriptions: store, fanOuts: fanOuts, keys: keys, Other.self)
        }
        let topic = TopicReference.subscription(names.responseTopic)
        let partitioner = joined.partitioner
        let produced = Produced<Key, ForeignKeyAnswer<Other>>(partitioner: { key, answer, count in
            guard let partitioner else { return answer?.primaryPartition }
            return try key.flatMap { try partitioner($0, count) }
        })
        _ = graph.addNode(names.responseSink, .sink(topic), parents: [join, update]) { assembly in
            try SinkOperator.assemble(assembly, topic: topic, produced, key: serdes.primaryKey, value: serdes.answer)
        }
        let source = graph.addNode(names.responseSource, .source([topic]), parents: []) { assembly in
            try SourceOperator.assemble(assembly, key: serdes.primaryKey, value: serdes.answer, extractor: .fail)
        }
        graph.addSubscriptionTopic(names.responseTopic, source: source, role: "subscription-response")
        return source
    }

    /// The results as a table; with a store where one is asked for, now or by a step downstream.
    @inlinable
    func foreignKeyResult<Result: Sendable>(
        _ name: String, below parent: GraphNode, _ sources: [GraphNode], _ materialized: Materialized<Key, Result>?
    ) -> KTable<Key, Result> {
        let graph = graph
        let store = materialized?.name ?? graph.newStoreName("KTABLE-FK-JOIN-OUTPUT-")
        let emission = materialized?.emission
        let node = graph.addNode(name, parents: [parent]) { assembly in
            try TableSourceOperator.assemble(
                assembly, emission: emission, sparesTombstones: !assembly.context.semantics.sendsNeedlessTombstones,
                Key.self, Result.self)
        }
        let key = materialized?.key ?? keySerde
        let materialize = {
            if node.table.storeName != nil { return }
            graph.addKeyValueStore(
                store, materialized ?? Materialized(), key: graph.require(key, "key", of: name),
                value: graph.require(materialized?.value, "value", of: name))
            node.connect(to: store)
            node.keepTable(in: store)
        }
        if materialized != nil { materialize() }
        let access = TableAccess<Key, Result>(
            enableOldValues: { isForced in
                if node.table.storeName == nil && !isForced { return false }
                materialize()
                node.sendOldValues()
                return true
            },
            getter: {
                materialize()
                return .store(store)
            })
        return KTable<Key, Result>(
            graph: graph, node: node, keySerde: key, valueSerde: materialized?.value, sources: sources, access: access)
    }
}

/// The serdes of a foreign-key join's two tables, and of what travels between them.
@usableFromInline
struct ForeignKeyJoinSerdes<PrimaryKey: Hashable & Sendable, Value, ForeignKey: Hashable & Sendable, Other: Sendable>:
    Sendable
{
    @usableFromInline let primaryKey: AnySerde<PrimaryKey>
    @usableFromInline let value: AnySerde<Value>
    @usableFromInline let foreignKey: AnySerde<ForeignKey>
    @usableFromInline let otherValue: AnySerde<Other>
    @usableFromInline let subscription: AnySerde<ForeignKeySubscription<PrimaryKey>>
    @usableFromInline let answer: AnySerde<ForeignKeyAnswer<Other>>

    @inlinable
    init(
        primaryKey: AnySerde<PrimaryKey>, value: AnySerde<Value>, foreignKey: AnySerde<ForeignKey>,
        otherValue: AnySerde<Other>
    ) {
        self.primaryKey = primaryKey
        self.value = value
        self.foreignKey = foreignKey
        self.otherValue = otherValue
        subscription = AnySerde(ForeignKeySubscriptionSerde(primaryKey))
        answer = AnySerde(ForeignKeyAnswerSerde(otherValue))
    }
}
