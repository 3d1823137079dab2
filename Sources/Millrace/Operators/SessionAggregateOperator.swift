public import MillraceStores

/// `count`, `reduce` and `aggregate` over sessions (SEMANTICS A3, A5, A10, A11, B, C4, C8, I2; NOTES 2, 4). Lateness is
/// judged by the operator's own stream time, the current record included, after merging: a late record that touches an
/// open session counts. Runs on the task's thread; reads and writes the task's store.
@usableFromInline
enum SessionAggregateOperator {
    /// - Parameters:
    ///   - key: the serde of the keys, by whose bytes sessions that close together are ordered.
    ///   - merger: of what was merged so far, beginning with the initial value, and the next session's aggregate.
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Aggregate: Sendable>(
        _ assembly: NodeAssembly, store name: String, windows: SessionWindows, emission: EmissionPolicy?,
        key keySerde: AnySerde<Key>, initial: @escaping @Sendable () throws -> Aggregate?,
        merger: @escaping @Sendable (Key, Aggregate?, Aggregate) throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) throws -> Receiver<Key, Value> {
        let store = try assembly.store(name, as: SessionStore<Key, Aggregate>.self)
        let observed = ObservedTime(of: assembly)
        let openMilliseconds = windows.openMilliseconds
        let results = try SessionResults(assembly, store, emission, key: keySerde)
        results.closing?.closeInIdleTime(assembly, observed, openMilliseconds: openMilliseconds)
        let sessions = FoundSessions(store, windows, assembly.context.semantics)
        let context = assembly.context
        let node = assembly.node.name
        let metrics = assembly.metrics
        let late = try LateRecords<Key, Value>(assembly)
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            let time = record.timestamp.millisecondsSinceEpoch
            observed.advance(to: time)
            let closeTime = observed.milliseconds &- openMilliseconds
            if let closing = results.closing, closing.firstEnd < closeTime {
                try closing.close(before: closeTime, trigger: record.headers)
            }
            let row = try sessions.find(key, around: time, closeTime: closeTime)
            if row.end < closeTime {
                let lateness = observed.milliseconds &- row.end &- windows.gapMilliseconds
                return try late.drop(record, from: row.window, lateness: lateness)
            }
            let new: Aggregate?
            do {
                var merged = try initial()
                for session in sessions.found { merged = try merger(key, merged, session.value) }
                new = try aggregator(key, record.value, merged)
            } catch {
                return try context.handleProcessingError(error, node: node)
            }
            if try !results.put(new, key, row, replacing: sessions.found, record) {
                let lateness = observed.milliseconds &- row.end &- windows.gapMilliseconds
                try late.drop(record, from: row.window, lateness: lateness)
            }
        }
    }
}

/// The sessions that a record joins. One for an operator, used again for each record.
@usableFromInline
final class FoundSessions<Key: Hashable & Sendable, Aggregate> {
    @usableFromInline let store: SessionStore<Key, Aggregate>
    @usableFromInline let gap: Int64
    /// Kafka Streams finds sessions for as long as its store shows them: less long than they are open where nobody has
    /// asked for more, and longer where somebody has (I2).
    @usableFromInline let shownMilliseconds: Int64?
    /// In the order of their ends.
    @exclusivity(unchecked)
    @usableFromInline var found: [(row: SessionRow, value: Aggregate)] = []

    @inlinable
    init(_ store: SessionStore<Key, Aggregate>, _ windows: SessionWindows, _ semantics: Semantics) {
        self.store = store
        gap = windows.gapMilliseconds
        // The store has a millisecond more than asked for.
        let shown = store.retentionMilliseconds.map { $0 - 1 }
        shownMilliseconds = semantics.findsSessionsByRetention ? shown : nil
    }

    /// Finds the sessions within the gap of `time`, those that have closed left out, and returns the session that they
    /// make with it.
    @inlinable
    func find(_ key: Key, around time: Int64, closeTime: Int64) throws -> SessionRow {
        found.removeAll(keepingCapacity: true)
        var firstEnd = closeTime
        if let shownMilliseconds {
            firstEnd = (store.observedStreamTime?.millisecondsSinceEpoch ?? -1) &- shownMilliseconds &+ 1
        }
        firstEnd = max(0, firstEnd, time &- gap)
        let (sum, isBeyondTime) = time.addingReportingOverflow(gap)
        let lastStart = isBeyondTime ? .max : sum
        var start = time
        var end = time
        try store.forEach(in: key, from: SessionRow(start: 0, end: firstEnd)) { row, aggregate in
            if row.start > lastStart { return false }
            found.append((row, aggregate.value))
            start = min(start, row.start)
            end = max(end, row.end)
            return true
        }
        return SessionRow(start: start, end: end)
    }
}

/// Where an aggregation over sessions puts its rows, and how they go on.
@usableFromInline
struct SessionResults<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let store: SessionStore<Key, Aggregate>
    @usableFromInline let forward: TableForwarder<Windowed<Key>, Aggregate>
    /// Where results wait for the end of their session.
    @usableFromInline let closing: ClosingSessions<Key>?
    @usableFromInline let dropsHeaders: Bool
    @usableFromInline let forgetsOldValue: Bool
    /// Whether other streams move the store on, too, and what has gone from it is late.
    @usableFromInline let dropsExpired: Bool

    @inlinable
    init(
        _ assembly: NodeAssembly, _ store: SessionStore<Key, Aggregate>, _ emission: EmissionPolicy?,
        key: AnySerde<Key>
    ) throws {
        self.store = store
        let forward = try TableForwarder<Windowed<Key>, Aggregate>(assembly, emission)
        self.forward = forward
        dropsHeaders = assembly.context.semantics.dropsHeadersOfSessions
        forgetsOldValue = assembly.context.semantics.forgetsOldValueOfSession
        closing = emission == .onWindowClose ? ClosingSessions(assembly, store, forward, key: key) : nil
        dropsExpired = assembly.node.table.isCoalescedBehind && !assembly.context.semantics.reopensExpiredWindows
        if closing == nil { forward.coalesce(store, in: assembly) }
    }

    /// Puts what a record has made of the sessions `replaced`, and forwards it where results do not wait. Returns false
    /// where the session has gone from a store that other streams move on, too.
    @inlinable
    func put<Value>(
        _ new: Aggregate?, _ key: Key, _ row: SessionRow, replacing replaced: [(row: SessionRow, value: Aggregate)],
        _ record: Record<Key, Value>
    ) throws -> Bool {
        // The new row first: the store's time must not seem to hang on one that goes (`GroupedStore`).
        if try !store.put(key, row, new, at: Timestamp(row.end)), dropsExpired { return false }
        for session in replaced where session.row != row {
            try store.put(key, session.row, nil, at: Timestamp(session.row.end))
        }
        if let closing {
            try closing.replace(replaced, by: row, isThere: new != nil, key, record.timestamp, record.headers)
            return true
        }
        let headers = dropsHeaders ? .empty : record.headers
        // A session of one moment keeps its key: it is updated.
        let isUpdate = row.start == row.end
        if !isUpdate {
            for session in replaced {
                try forward(
                    Windowed(key: key, window: session.row.window), new: nil, old: session.value,
                    timestamp: Timestamp(session.row.end), headers: headers)
            }
        }
        let old = isUpdate && !forgetsOldValue ? replaced.first?.value : nil
        try forward(
            Windowed(key: key, window: row.window), new: new, old: old, timestamp: Timestamp(row.end),
            headers: headers)
        return true
    }
}

extension TableForwarder {
    /// Forwards what changed in `store` before each commit, if changes wait for it.
    @inlinable
    func coalesce<Inner: Hashable>(
        _ store: SessionStore<Inner, Value>, in assembly: NodeAssembly
    ) where Key == Windowed<Inner> {
        if !coalesces { return }
        let held = assembly.heldChanges(of: store.name)
        held.waitForCommit()
        assembly.beforeCommit {
            held.areHeld = false
            try store.forEachUncommitted { key, row, new, old, _ in
                try forwardCoalesced(
                    Windowed(key: key, window: row.window), new: new, old: old, timestamp: Timestamp(row.end))
            }
        }
    }
}
