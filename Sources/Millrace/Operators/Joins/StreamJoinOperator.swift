/// The join of two streams (SEMANTICS A5, A10, A11, B, C6, E; NOTES 6, 7): two nodes for each stream. The first
/// passes a record on, then keeps it; the second looks for its partners on the other side. So each pair comes once,
/// and a record joined with itself meets itself. Runs on the task's thread; reads and writes the task's stores.
@usableFromInline
enum StreamJoinOperator {
    /// The node that keeps one side's records.
    @inlinable
    static func assembleWindowed<Key: Hashable & Sendable, Value>(
        _ assembly: NodeAssembly, rows: JoinRows<Key, Value>
    ) throws -> Receiver<Key, Value> {
        let downstream: Receiver<Key, Value> = try assembly.downstream()
        let metrics = assembly.metrics
        return Receiver { record in
            metrics.countRecord()
            rows.skipsRecord = false
            try downstream(record)
            guard let key = record.key, let value = record.value, !rows.skipsRecord else { return }
            let row = try rows.put(key, value, at: record.timestamp)
            if row == nil && rows.isCompatible { metrics.drop(.late) }
        }
    }

    /// The node that looks for the left records' partners.
    @inlinable
    static func assembleLeft<Key: Hashable & Sendable, Left: Sendable, Right: Sendable, Result>(
        _ assembly: NodeAssembly, _ plan: StreamJoinPlan<Key, Left, Right>,
        _ joiner: @escaping @Sendable (Key?, Left?, Right?) throws -> Result?
    ) throws -> Receiver<Key, Left> {
        let state = try plan.state(assembly)
        let side = StreamJoinSide(
            side: .left, keepsUnmatched: plan.kind.keepsLeft, windows: plan.windows, own: state.leftRows,
            partners: state.rightRows,
            results: try UnmatchedResults(assembly, state, joiner), late: try LateRecords(assembly),
            pair: { key, value, partner in try joiner(key, value, partner) },
            unmatchedValue: { UnmatchedRecord.Value.left($0) })
        // The right side, which is told next, takes the earlier of both times over.
        assembly.onTimeAdvance { time in
            state.leftTime = time
            return time
        }
        return side.receiver(assembly)
    }

    /// The node that looks for the right records' partners.
    @inlinable
    static func assembleRight<Key: Hashable & Sendable, Left: Sendable, Right: Sendable, Result>(
        _ assembly: NodeAssembly, _ plan: StreamJoinPlan<Key, Left, Right>,
        _ joiner: @escaping @Sendable (Key?, Left?, Right?) throws -> Result?
    ) throws -> Receiver<Key, Right> {
        let state = try plan.state(assembly)
        let side = StreamJoinSide(
            side: .right, keepsUnmatched: plan.kind.keepsRight, windows: plan.windows.reversed,
            own: state.rightRows, partners: state.leftRows, results: try UnmatchedResults(assembly, state, joiner),
            late: try LateRecords(assembly), pair: { key, value, partner in try joiner(key, partner, value) },
            unmatchedValue: { UnmatchedRecord.Value.right($0) })
        assembly.onTimeAdvance { time in
            state.observed.advance(to: min(time, state.leftTime).millisecondsSinceEpoch)
            return try side.emitClosed(before: time)
        }
        return side.receiver(assembly)
    }
}
