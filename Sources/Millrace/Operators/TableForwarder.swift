public import MillraceStores

/// How a table that has a store passes its changes on: each at once, or once a commit, with the value at the last
/// commit as the old one (SEMANTICS D1). Runs on the task's thread.
@usableFromInline
struct TableForwarder<Key, Value> {
    @usableFromInline let downstream: Receiver<Key, Change<Value>>
    @usableFromInline let sendsOldValues: Bool
    /// False where changes wait for the commit.
    @usableFromInline let isImmediate: Bool
    /// Whether it is this node that forwards what waited.
    @usableFromInline let coalesces: Bool

    @inlinable
    init(_ assembly: NodeAssembly, _ policy: EmissionPolicy?) throws {
        downstream = try assembly.downstream()
        sendsOldValues = assembly.node.table.sendsOldValues
        isImmediate = (policy ?? assembly.context.emission) == .everyUpdate
        coalesces = !isImmediate && !assembly.node.table.isCoalescedBehind
    }

    @inlinable
    func callAsFunction(
        _ key: Key, new: Value?, old: Value?, timestamp: Timestamp, headers: Headers
    ) throws {
        guard isImmediate else { return }
        let change = Change(new: new, old: sendsOldValues ? old : nil)
        try downstream(Record(key: key, value: change, timestamp: timestamp, headers: headers))
    }

    /// The one result of a window that has closed; there was none before it.
    @inlinable
    func final(_ key: Key, _ row: ValueAndTimestamp<Value>, headers: Headers) throws {
        let change = Change(new: row.value, old: nil)
        try downstream(Record(key: key, value: change, timestamp: row.timestamp, headers: headers))
    }

    /// One change that stands for all since the last commit. Its headers are those of no record (SEMANTICS A11).
    /// - Parameter timestamp: of the last update, also where it took the row away.
    @inlinable
    func forwardCoalesced(
        _ key: Key, new: ValueAndTimestamp<Value>?, old: ValueAndTimestamp<Value>?, timestamp: Timestamp
    ) throws {
        // A row that came and went between two commits.
        if new == nil && old == nil { return }
        let change = Change(new: new?.value, old: sendsOldValues ? old?.value : nil)
        try downstream(Record(key: key, value: change, timestamp: timestamp))
    }
}

extension TableForwarder where Key: Hashable {
    /// Forwards what changed in `store` before each commit, if changes wait for it.
    @inlinable
    func coalesce(_ store: KeyValueStore<Key, Value>, in assembly: NodeAssembly) {
        if !coalesces { return }
        let held = assembly.heldChanges(of: store.name)
        held.waitForCommit()
        assembly.beforeCommit {
            held.areHeld = false
            try store.forEachUncommitted { key, new, old, time in
                try forwardCoalesced(key, new: new, old: old, timestamp: time)
            }
        }
    }
}
