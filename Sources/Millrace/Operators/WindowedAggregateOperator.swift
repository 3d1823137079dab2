public import MillraceStores

/// `count`, `reduce` and `aggregate` over tumbling and hopping windows (SEMANTICS A3, A5, B, C1–C3, C8, C10).
/// Lateness is judged for each window by the operator's own stream time, the current record included. Runs on the
/// task's thread; reads and writes the task's store.
@usableFromInline
enum WindowedAggregateOperator {
    @inlinable
    static func assemble<Key: Hashable & Sendable, Value, Aggregate: Sendable>(
        _ assembly: NodeAssembly, store name: String, windows: TimeWindows, emission: EmissionPolicy?,
        initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value?, Aggregate?) throws -> Aggregate?
    ) throws -> Receiver<Key, Value> {
        let store = try assembly.store(name, as: WindowStore<Key, Aggregate>.self)
        let forward = try TableForwarder<Windowed<Key>, Aggregate>(assembly, emission)
        forward.coalesce(store, windows: windows, in: assembly)
        let context = assembly.context
        let node = assembly.node.name
        let observed = ObservedTime(of: assembly)
        let leaksInitial = context.semantics.leaksInitialValue
        let metrics = assembly.metrics
        let late = try LateRecords<Key, Value>(assembly)
        return Receiver { record in
            metrics.countRecord()
            guard let key = record.key else { return metrics.drop(.nullKey) }
            let time = record.timestamp.millisecondsSinceEpoch
            observed.advance(to: time)
            let closeTime = observed.milliseconds &- windows.graceMilliseconds
            var start = windows.firstStart(containing: time)
            while start <= time {
                let (end, isBeyondTime) = start.addingReportingOverflow(windows.sizeMilliseconds)
                // No window ends after the end of time, and neither this nor a later one can be closed.
                if isBeyondTime {
                    let window = Window(start: Timestamp(start), end: Timestamp(.max))
                    return try late.drop(record, from: window, lateness: 0)
                }
                // The advance is at most the size.
                defer { start &+= windows.advanceMilliseconds }
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
                let timestamp = before.map { max($0.timestamp, record.timestamp) } ?? record.timestamp
                try store.put(key, new, windowStart: window.start, at: timestamp)
                try forward(
                    Windowed(key: key, window: window), new: new, old: old, timestamp: timestamp,
                    headers: record.headers)
            }
        }
    }
}

/// The largest timestamp that one operator has seen; -1 before the first. It is committed with the positions and
/// survives a restart, so that closed windows stay closed; Kafka Streams starts anew (SEMANTICS A1, A2).
@usableFromInline
final class ObservedTime {
    @exclusivity(unchecked)
    @usableFromInline var milliseconds: Int64 = -1

    @usableFromInline
    init(of assembly: NodeAssembly) {
        let context = assembly.context
        if context.semantics.forgetsOperatorTimes { return }
        let name = assembly.node.name
        assembly.onStart { [self] in
            if let time = context.operatorTimes.restoredTime(of: name) { advance(to: time.millisecondsSinceEpoch) }
        }
        context.operatorTimes.track(name) { [self] in milliseconds < 0 ? nil : Timestamp(milliseconds) }
    }

    @inlinable
    func advance(to time: Int64) {
        if time > milliseconds { milliseconds = time }
    }
}

extension TableForwarder {
    /// Forwards what changed in `store` before each commit, if changes wait for it.
    @inlinable
    func coalesce<Inner: Hashable>(
        _ store: WindowStore<Inner, Value>, windows: TimeWindows, in assembly: NodeAssembly
    ) where Key == Windowed<Inner> {
        if isImmediate { return }
        assembly.beforeCommit {
            try store.forEachUncommitted { key, start, new, old, time in
                let window = Window(start: start, end: start.advanced(byMilliseconds: windows.sizeMilliseconds))
                try forwardCoalesced(Windowed(key: key, window: window), new: new, old: old, timestamp: time)
            }
        }
    }
}
