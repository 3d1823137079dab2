public import MillraceStores

/// `count`, `reduce` and `aggregate` over tumbling, hopping, unlimited and calendar windows (SEMANTICS A3, A5, B,
/// C1–C3, C8, C10). Lateness is judged for each window by the operator's own stream time, the current record included.
/// Runs on the task's thread; reads and writes the task's store.
@usableFromInline
enum WindowedAggregateOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Aggregate: Sendable>(
        _ assembly: NodeAssembly, store name: String, windows: TimeWindows, emission: EmissionPolicy?,
        initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) throws -> Receiver<Key, Value> {
        let store = try assembly.store(name, as: WindowStore<Key, Aggregate>.self)
        let results = try WindowResults(assembly, store, windows, emission)
        switch windows.shape {
        case .uniform(let shape):
            return try receiver(assembly, shape, results, initial: initial, aggregator: aggregator)
        case .unlimited(let shape):
            return try receiver(assembly, shape, results, initial: initial, aggregator: aggregator)
        case .calendar(let shape):
            return try receiver(assembly, shape, results, initial: initial, aggregator: aggregator)
        }
    }

    @inlinable
    static func receiver<Key: Hashable & Sendable, Value, Aggregate: Sendable, Shape: WindowShape>(
        _ assembly: NodeAssembly, _ shape: Shape, _ results: WindowResults<Key, Aggregate>,
        initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) throws -> Receiver<Key, Value> {
        let store = results.store
        let closing = results.closing
        let grace = results.graceMilliseconds
        let context = assembly.context
        let node = assembly.node.name
        let observed = results.observed
        let leaksInitial = context.semantics.leaksInitialValue
        let metrics = assembly.metrics
        let late = try LateRecords<Key, Value>(assembly)
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            let time = record.timestamp.millisecondsSinceEpoch
            observed.advance(to: time)
            let closeTime = observed.milliseconds &- grace
            var next = shape.firstStart(containing: time)
            if let closing, closing.earliestEnd <= closeTime {
                let newest = next == nil ? -1 : shape.lastStart(containing: time)
                try closing.close(until: closeTime, newestStart: newest, trigger: record.headers)
            }
            while let start = next, start <= time {
                next = shape.start(after: start)
                guard let end = shape.end(ofWindowFrom: start) else {
                    // No window ends after the end of time, and neither this nor a later one can be closed.
                    let window = Window(start: Timestamp(start), end: Timestamp(.max))
                    return try late.drop(record, from: window, lateness: 0)
                }
                let window = Window(start: Timestamp(start), end: Timestamp(end))
                guard end > closeTime else {
                    try late.drop(record, from: window, lateness: observed.milliseconds &- end)
                    continue
                }
                let before = try store.get(key, windowStart: window.start)
                var old = before?.value
                let new: Aggregate?
                do {
                    if let present = old {
                        new = try aggregator(key, record.value, present)
                    } else {
                        let first = try initial()
                        if leaksInitial { old = first }
                        new = try aggregator(key, record.value, first)
                    }
                } catch {
                    return try context.handleProcessingError(error, node: node)
                }
                if try !results.put(new, old: old, oldTimestamp: before?.timestamp, key, window, record) {
                    try late.drop(record, from: window, lateness: observed.milliseconds &- end)
                }
            }
        }
    }
}

/// What an aggregation over time windows has besides its closures: store, time, and how results go on.
@usableFromInline
struct WindowResults<Key: Hashable & Sendable, Aggregate: Sendable> {
    @usableFromInline let store: WindowStore<Key, Aggregate>
    @usableFromInline let forward: TableForwarder<Windowed<Key>, Aggregate>
    @usableFromInline let observed: ObservedTime
    /// Where results wait for the end of their window.
    @usableFromInline let closing: ClosingWindows<Key>?
    @usableFromInline let graceMilliseconds: Int64
    @usableFromInline let reopensExpired: Bool

    @inlinable
    init(
        _ assembly: NodeAssembly, _ store: WindowStore<Key, Aggregate>, _ windows: TimeWindows,
        _ emission: EmissionPolicy?
    ) throws {
        self.store = store
        forward = try TableForwarder(assembly, emission)
        observed = ObservedTime(of: assembly)
        graceMilliseconds = windows.graceMilliseconds
        reopensExpired = assembly.context.semantics.reopensExpiredWindows
        if emission == .onWindowClose {
            let closing = ClosingWindows(assembly, store, windows, forward)
            closing.closeInIdleTime(assembly, observed, graceMilliseconds: graceMilliseconds)
            self.closing = closing
        } else {
            closing = nil
            forward.coalesce(store, windows: windows, in: assembly)
        }
    }

    /// Puts what `record` has made of a row, and forwards it where results do not wait. Returns false where the window
    /// has gone from a store that other streams move on, too.
    @inlinable
    @inline(__always)
    func put<Value>(
        _ new: Aggregate?, old: Aggregate?, oldTimestamp: Timestamp?, _ key: Key, _ window: Window,
        _ record: Record<Key, Value>
    ) throws -> Bool {
        let timestamp = oldTimestamp.map { max($0, record.timestamp) } ?? record.timestamp
        if try !store.put(key, new, windowStart: window.start, at: timestamp), !reopensExpired { return false }
        if let closing {
            closing.note(key, window, record.headers, isNewest: record.timestamp == timestamp)
        } else {
            let key = Windowed(key: key, window: window)
            try forward(key, new: new, old: old, timestamp: timestamp, headers: record.headers)
        }
        return true
    }
}

extension TableForwarder {
    /// Forwards what changed in `store` before each commit, if changes wait for it.
    @inlinable
    func coalesce<Inner: Hashable>(
        _ store: WindowStore<Inner, Value>, windows: TimeWindows, in assembly: NodeAssembly
    ) where Key == Windowed<Inner> {
        if !coalesces { return }
        let held = assembly.heldChanges(of: store.name)
        held.waitForCommit()
        assembly.beforeCommit {
            held.areHeld = false
            try store.forEachUncommitted { key, start, new, old, time in
                let key = Windowed(key: key, window: windows.window(from: start))
                try forwardCoalesced(key, new: new, old: old, timestamp: time)
            }
        }
    }
}
