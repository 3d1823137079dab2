public import MillraceStores

/// The inner join of a stream with itself, with one store (SEMANTICS E11). The order of results is that of two
/// stores: the record as the left one with all before it, then as the right one with all before it and itself. Runs
/// on the task's thread; reads and writes the task's store.
@usableFromInline
enum SelfJoinOperator {
    /// Keeps the record and passes it on.
    @inlinable
    static func assembleWindowed<Key: Hashable & Sendable, Value: Sendable>(
        _ assembly: NodeAssembly, _ plan: StreamJoinPlan<Key, Value, some Sendable>
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let state = try plan.selfJoinState(assembly)
        let rows = state.rows
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            state.observed.advance(to: record.timestamp.millisecondsSinceEpoch)
            state.firstVisibleBefore = rows.firstVisibleAsKafkaStreams
            state.own = nil
            if let key = record.key, let value = record.value {
                state.own = try rows.put(key, value, at: record.timestamp)
                // Once for each of the two stores it would have.
                if state.own == nil && rows.isCompatible {
                    metrics.drop(.late)
                    metrics.drop(.late)
                }
            }
            try downstream(record)
        }
    }

    /// Pairs the record with what is kept.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value: Sendable, Other: Sendable, Result>(
        _ assembly: NodeAssembly, _ plan: StreamJoinPlan<Key, Value, Other>,
        _ joiner: @escaping @Sendable (Key?, Value?, Other?) throws -> Result?
    ) throws -> Receiver<Key, Value> {
        precondition(Value.self == Other.self, "a stream of \(Value.self) joined with itself as one of \(Other.self)")
        let join = SelfJoin(
            state: try plan.selfJoinState(assembly), windows: plan.windows, late: try LateRecords(assembly),
            context: assembly.context, node: assembly.node.name, downstream: try assembly.downstream(),
            joiner: { (key: Key?, left: Value, right: Value) -> Result? in
                try joiner(key, left, unsafe unsafeBitCast(right, to: Other.self))
            })
        return Receiver { try join.process($0) }
    }
}

/// What both nodes of a self-join share in one task. Owned by the task's thread.
@usableFromInline
final class SelfJoinState<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let observed: ObservedTime
    @usableFromInline let rows: JoinRows<Key, Value>
    /// Of the record being processed; nil where it was not kept.
    @exclusivity(unchecked)
    @usableFromInline var own: JoinRow?
    /// What Kafka Streams' other store, which has not seen the record yet, shows.
    @exclusivity(unchecked)
    @usableFromInline var firstVisibleBefore: Int64 = 0

    @inlinable
    init(_ store: String, windows: JoinWindows, _ assembly: NodeAssembly) throws {
        observed = ObservedTime(of: assembly)
        rows = try JoinRows(store, windows: windows, assembly)
    }
}

extension StreamJoinPlan {
    @inlinable
    func selfJoinState(_ assembly: NodeAssembly) throws -> SelfJoinState<Key, Left> {
        try assembly.shared(name) { try SelfJoinState(leftStore, windows: windows, assembly) }
    }
}

/// The second node of a self-join.
@usableFromInline
struct SelfJoin<Key: Hashable & Sendable, Value: Sendable, Result> {
    @usableFromInline let state: SelfJoinState<Key, Value>
    @usableFromInline let windows: JoinWindows
    @usableFromInline let late: LateRecords<Key, Value>
    @usableFromInline let context: TaskContext
    @usableFromInline let node: String
    @usableFromInline let downstream: Receiver<Key, Result>
    @usableFromInline let joiner: (Key?, Value, Value) throws -> Result?

    @inlinable
    init(
        state: SelfJoinState<Key, Value>, windows: JoinWindows, late: LateRecords<Key, Value>, context: TaskContext,
        node: String, downstream: Receiver<Key, Result>, joiner: @escaping (Key?, Value, Value) throws -> Result?
    ) {
        self.state = state
        self.windows = windows
        self.late = late
        self.context = context
        self.node = node
        self.downstream = downstream
        self.joiner = joiner
    }

    @inlinable
    func process(_ record: Record<Key, Value>) throws {
        let metrics = late.metrics
        let isCompatible = state.rows.isCompatible
        metrics.countRecord()
        guard let value = record.value, let key = record.key else {
            let reason: DropReason = record.value == nil ? .nullValue : .nullKey
            // Once for each of the two nodes it would have.
            if isCompatible { metrics.drop(reason) }
            return metrics.drop(reason)
        }
        let time = record.timestamp.millisecondsSinceEpoch
        let asLeft = bounds(time, windows, firstVisible: state.firstVisibleBefore)
        let leftPairs = try meet(record, key, from: asLeft.first, to: asLeft.last, without: state.own) {
            try joiner(key, value, $0)
        }
        let asRight = bounds(time, windows.reversed, firstVisible: state.rows.firstVisibleAsKafkaStreams)
        let rightPairs = try meet(record, key, from: asRight.first, to: asRight.last, without: nil) {
            try joiner(key, $0, value)
        }
        // Too old to be kept, and nobody met it.
        if state.own == nil && leftPairs + rightPairs == 0 && !isCompatible {
            let window = windows.window(of: time)
            let lateness = state.observed.milliseconds &- window.end.millisecondsSinceEpoch
            try late.drop(record, from: window, lateness: lateness)
        }
    }

    @inlinable
    func bounds(_ time: Int64, _ windows: JoinWindows, firstVisible: Int64) -> (first: Int64, last: Int64) {
        let first = windows.firstPartner(of: time)
        let last = windows.lastPartner(of: time)
        return state.rows.isCompatible ? (max(first, firstVisible), max(0, last)) : (first, last)
    }

    /// Forwards the record with those kept of a stretch of time; returns how many there were. Where the joiner throws,
    /// the others are lost.
    @inlinable
    func meet(
        _ record: Record<Key, Value>, _ key: Key, from first: Int64, to last: Int64, without own: JoinRow?,
        _ pair: (Value) throws -> Result?
    ) throws -> Int {
        var count = 0
        var failure: (any Error)?
        try state.rows.forEach(key, from: first, to: last) { row, partner in
            if row == own { return true }
            count += 1
            let result: Result?
            do {
                result = try pair(partner)
            } catch {
                failure = error
                return false
            }
            let timestamp = max(record.timestamp, Timestamp(row.timestamp))
            try downstream(Record(key: key, value: result, timestamp: timestamp, headers: record.headers))
            return true
        }
        if let failure { try context.handleProcessingError(failure, node: node) }
        return count
    }
}
