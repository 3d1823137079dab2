public import MillraceStores

/// Two streams of one key type, and which of their records meet: what `join`, `leftJoin` and `outerJoin` are made of.
/// Ask for it where the records that come too late are wanted, too.
///
///     let pair = questions.paired(with: answers, within: .symmetric(.seconds(60), grace: .seconds(5)))
///     let answered = pair.leftJoin { question, answer in Answered(question, answer) }
///     pair.lateLeft.to("late-questions")
public struct StreamPair<Key: Hashable & Sendable, Left: Sendable, Right: Sendable> {
    @usableFromInline let left: KStream<Key, Left>
    @usableFromInline let right: KStream<Key, Right>
    @usableFromInline let windows: JoinWindows
    @usableFromInline let joined: StreamJoined<Key, Left, Right>
    @usableFromInline let lateLeftStream: LateStream<Key, Left>
    @usableFromInline let lateRightStream: LateStream<Key, Right>

    @inlinable
    init(
        _ left: KStream<Key, Left>, _ right: KStream<Key, Right>, _ windows: JoinWindows,
        _ joined: StreamJoined<Key, Left, Right>
    ) {
        self.left = left
        self.right = right
        self.windows = windows
        self.joined = joined
        lateLeftStream = LateStream(of: left)
        lateRightStream = LateStream(of: right)
    }

    /// The left records that come too late for the joins made of this pair. Their window is from the oldest to the
    /// youngest record that they could have met; the lateness is counted from its end.
    @inlinable public var lateLeft: KStream<Key, Late<Left>> { lateLeftStream.stream() }

    /// The right records that come too late.
    @inlinable public var lateRight: KStream<Key, Late<Right>> { lateRightStream.stream() }

    /// Each pair of records that meet.
    @inlinable
    public func join<Result>(
        _ joiner: @escaping @Sendable (Left, Right) throws -> Result
    ) -> KStream<Key, Result> {
        nullableJoin { _, left, right in try joiner(left, right) }
    }

    /// Each pair of records that meet, and each left record that has met none when its window and the grace are over.
    @inlinable
    public func leftJoin<Result>(
        _ joiner: @escaping @Sendable (Left, Right?) throws -> Result
    ) -> KStream<Key, Result> {
        nullableLeftJoin { _, left, right in try joiner(left, right) }
    }

    /// Each pair of records that meet, and each record of either stream that has met none when its window and the grace
    /// are over. Never are both arguments nil.
    @inlinable
    public func outerJoin<Result>(
        _ joiner: @escaping @Sendable (Left?, Right?) throws -> Result
    ) -> KStream<Key, Result> {
        nullableOuterJoin { _, left, right in try joiner(left, right) }
    }

    /// `join` with a look at the key, for a joiner that may give nil.
    @inlinable
    public func nullableJoin<Result>(
        _ joiner: @escaping @Sendable (Key?, Left, Right) throws -> Result?
    ) -> KStream<Key, Result> {
        joining(.inner) { key, left, right in
            guard let left, let right else { return nil }
            return try joiner(key, left, right)
        }
    }

    /// `leftJoin` with a look at the key, which is nil for a left record without one, for a joiner that may give nil.
    @inlinable
    public func nullableLeftJoin<Result>(
        _ joiner: @escaping @Sendable (Key?, Left, Right?) throws -> Result?
    ) -> KStream<Key, Result> {
        joining(.left) { key, left, right in
            guard let left else { return nil }
            return try joiner(key, left, right)
        }
    }

    /// `outerJoin` with a look at the key, which is nil for a record without one, for a joiner that may give nil.
    @inlinable
    public func nullableOuterJoin<Result>(
        _ joiner: @escaping @Sendable (Key?, Left?, Right?) throws -> Result?
    ) -> KStream<Key, Result> {
        joining(.outer, joiner)
    }
}

extension StreamPair {
    /// Makes repartition topics where they are needed, stores and nodes, with names in Kafka Streams' order.
    @inlinable
    func joining<Result>(
        _ kind: StreamJoinKind, _ joiner: @escaping @Sendable (Key?, Left?, Right?) throws -> Result?
    ) -> KStream<Key, Result> {
        let graph = left.graph
        let leftInput = left.repartitionedForJoin(
            joined.name.map { $0 + "-left" }, key: joined.key, value: joined.left)
        let rightInput = right.repartitionedForJoin(
            joined.name.map { $0 + "-right" }, key: joined.key, value: joined.right)
        let names = StreamJoinNames(kind, name: joined.name, storeName: joined.storeName, in: graph)
        let key = graph.require(joined.key ?? left.keySerde ?? right.keySerde, "key", of: names.left)
        let leftValue = graph.require(joined.left ?? left.valueSerde, "value", of: names.left)
        let rightValue = graph.require(joined.right ?? right.valueSerde, "value", of: names.right)
        if let problem = windows.problem { graph.fail(.invalidArgument(node: names.merge, message: problem)) }
        let sources =
            leftInput.sources + rightInput.sources.filter { one in !leftInput.sources.contains { $0 === one } }
        graph.copartition(sources, for: names.merge)
        func result(_ node: GraphNode) -> KStream<Key, Result> {
            KStream(
                graph: graph, node: node, keySerde: key, valueSerde: nil, sources: sources, needsRepartition: false)
        }
        let isSelfJoin = kind == .inner && leftInput.node === rightInput.node && Left.self == Right.self
        let plan = StreamJoinPlan<Key, Left, Right>(
            name: names.merge, kind: kind, windows: windows, leftStore: names.leftStore,
            rightStore: isSelfJoin ? names.leftStore : names.rightStore,
            unmatchedStore: kind == .inner ? nil : names.unmatchedStore, key: key)
        graph.addJoinStore(names.leftStore, joined, windows, key: key, value: leftValue)
        if isSelfJoin { return result(addSelfJoin(plan, names, leftInput, rightInput, joiner)) }
        graph.addJoinStore(names.rightStore, joined, windows, key: key, value: rightValue)
        if let name = plan.unmatchedStore {
            let store = Stores.keyValue(
                name, keySerde: UnmatchedKeySerde(key),
                valueSerde: UnmatchedListSerde(left: leftValue, right: rightValue), isPersistent: joined.isPersistent)
            graph.addStore(joined.isLogged ? store : store.withoutChangelog())
        }
        return result(addJoin(plan, names, leftInput, rightInput, joiner))
    }

    /// Returns the node where both sides' results come together.
    @inlinable
    func addJoin<Result>(
        _ plan: StreamJoinPlan<Key, Left, Right>, _ names: StreamJoinNames, _ left: KStream<Key, Left>,
        _ right: KStream<Key, Right>, _ joiner: @escaping @Sendable (Key?, Left?, Right?) throws -> Result?
    ) -> GraphNode {
        let graph = left.graph
        let unmatched = plan.unmatchedStore.map { [$0] } ?? []
        let leftWindowed = graph.addNode(names.leftWindowed, parents: [left.node], stores: [names.leftStore]) {
            let state = try plan.state($0)
            return try StreamJoinOperator.assembleWindowed($0, rows: state.leftRows)
        }
        let rightWindowed = graph.addNode(names.rightWindowed, parents: [right.node], stores: [names.rightStore]) {
            let state = try plan.state($0)
            return try StreamJoinOperator.assembleWindowed($0, rows: state.rightRows)
        }
        let leftJoin = graph.addNode(
            names.left, parents: [leftWindowed], stores: [names.rightStore] + unmatched
        ) { try StreamJoinOperator.assembleLeft($0, plan, joiner) }
        let rightJoin = graph.addNode(
            names.right, parents: [rightWindowed], stores: [names.leftStore] + unmatched
        ) { try StreamJoinOperator.assembleRight($0, plan, joiner) }
        lateLeftStream.add(leftJoin, input: left)
        lateRightStream.add(rightJoin, input: right)
        let merge = graph.addNode(names.merge, parents: [leftJoin, rightJoin]) {
            try PassThroughOperator.assemble($0, Key.self, Result.self)
        }
        merge.acceptsNullKeys = plan.kind != .inner
        return merge
    }

    /// A stream joined with itself needs one store (SEMANTICS E11).
    @inlinable
    func addSelfJoin<Result>(
        _ plan: StreamJoinPlan<Key, Left, Right>, _ names: StreamJoinNames, _ left: KStream<Key, Left>,
        _ right: KStream<Key, Right>, _ joiner: @escaping @Sendable (Key?, Left?, Right?) throws -> Result?
    ) -> GraphNode {
        let graph = left.graph
        let windowed = graph.addNode(names.leftWindowed, parents: [left.node], stores: [names.leftStore]) {
            try SelfJoinOperator.assembleWindowed($0, plan)
        }
        let join = graph.addNode(names.merge, parents: [windowed], stores: [names.leftStore]) {
            try SelfJoinOperator.assemble($0, plan, joiner)
        }
        lateLeftStream.add(join, input: left)
        lateRightStream.add(join, input: right)
        return join
    }
}

extension TopologyGraph {
    @inlinable
    func addJoinStore<Key: Hashable & Sendable, Left, Right, Value>(
        _ name: String, _ joined: StreamJoined<Key, Left, Right>, _ windows: JoinWindows, key: AnySerde<Key>,
        value: AnySerde<Value>
    ) {
        // A retention that makes no sense has been reported.
        let retention = Duration.milliseconds(windows.problem == nil ? windows.retentionMilliseconds : 1)
        let store = Stores.join(
            name, retention: retention, keySerde: key, valueSerde: value, isPersistent: joined.isPersistent)
        addStore(joined.isLogged ? store : store.withoutChangelog())
    }
}
