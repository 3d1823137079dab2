public import MillraceStores

/// Which windows a record changes and which it makes (KIP-450, NOTES 5). For a record at `t` and the difference `d`,
/// among the windows of its key that begin from `t - 2d` to `t + 1`:
///
/// - those that contain `t` take the record, latest first;
/// - the latest that ends before `t` tells the record before this one, and has the aggregate that the record's left
///   window `[t - d, t]` begins with, if that record lies in it;
/// - the latest that contains `t`, as it was before the record, has what the record's right window `[t + 1, t + 1 + d]`
///   holds, if it has a later record;
/// - the right window of the record before this one is made too, if this record is the first in it.
///
/// The time of a row is that of its latest record. Runs on the task's thread; reads and writes the task's store.
@usableFromInline
struct SlidingWindowAggregation<Key: Hashable & Sendable, Value, Aggregate: Sendable> {
    @usableFromInline typealias Input = SlidingWindowInput<Key, Value>
    @usableFromInline typealias Row = ValueAndTimestamp<Aggregate>

    @usableFromInline let store: SlidingWindowStore<Key, Aggregate>
    @usableFromInline let difference: Int64
    @usableFromInline let forward: TableForwarder<Windowed<Key>, Aggregate>
    /// Where results wait for the end of their window.
    @usableFromInline let closing: ClosingSlidingWindows<Key>?
    @usableFromInline let late: LateRecords<Key, Value>
    @usableFromInline let observed: ObservedTime
    /// C10: what a new window begins with goes downstream as its old value.
    @usableFromInline let leaksInitial: Bool
    /// I1: what Kafka Streams' store shows of the time before its newest window; nil where all that is kept is seen.
    @usableFromInline let visibleTime: Int64?
    /// Whether other streams move the store on, too, and what has gone from it is late.
    @usableFromInline let dropsExpired: Bool
    @usableFromInline let initial: @Sendable () throws -> Aggregate?
    @usableFromInline let aggregator: @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
    @usableFromInline let found = FoundWindows<Aggregate>()

    @inlinable
    init(
        _ assembly: NodeAssembly, store name: String, _ windows: SlidingWindows, _ emission: EmissionPolicy?,
        _ closing: SlidingWindowOperator.Closing<Key>, initial: @escaping @Sendable () throws -> Aggregate?,
        aggregator: @escaping @Sendable (Key, Value, Aggregate?) throws -> Aggregate?
    ) throws {
        let store = try assembly.store(name, as: SlidingWindowStore<Key, Aggregate>.self)
        let forward = try TableForwarder<Windowed<Key>, Aggregate>(assembly, emission)
        self.store = store
        self.forward = forward
        difference = windows.differenceMilliseconds
        late = try LateRecords(assembly)
        observed = ObservedTime(of: assembly)
        leaksInitial = assembly.context.semantics.leaksInitialValue
        visibleTime =
            assembly.context.semantics.forgetsSlidingWindows ? closing.kafkaRetention.wholeMilliseconds : nil
        dropsExpired = assembly.node.table.isCoalescedBehind && !assembly.context.semantics.reopensExpiredWindows
        self.initial = initial
        self.aggregator = aggregator
        if emission == .onWindowClose {
            let closing = ClosingSlidingWindows(assembly, store, windows, forward, closing)
            closing.closeInIdleTime(assembly, observed, graceMilliseconds: windows.graceMilliseconds)
            self.closing = closing
            return
        }
        self.closing = nil
        forward.coalesce(store, windows: windows, in: assembly)
    }

    /// Adds a record that is not earlier than the difference.
    @inlinable
    func add(_ input: Input) throws {
        let (key, time) = (input.key, input.time)
        let earliest = max(0, time &- difference) &- difference
        try find(key, from: earliest, to: time &+ 1, latestFirst: true)
        var left: Row?
        var right: Row?
        var hasLeft = false
        var hasRight = false
        var previous: Int64?
        for (start, row) in found.windows {
            let end = start &+ difference
            if start > time {
                hasRight = true
            } else if end >= time {
                try change(start, row, input)
                if end > time {
                    if right == nil { right = row }
                    continue
                }
                hasLeft = true
                // All the others are there where the window has been made by a record at the same time.
                guard row.timestamp < input.record.timestamp else { return }
                previous = row.timestamp.millisecondsSinceEpoch
            } else {
                left = row
                previous = row.timestamp.millisecondsSinceEpoch
                break
            }
        }
        var made: (start: Int64, value: Aggregate?)?
        if let previous, previous &+ 1 &+ difference >= time, !found.contains(previous &+ 1) {
            made = (previous &+ 1, try make(previous &+ 1, from: nil, old: nil, input))
        }
        if !hasLeft {
            let start = time &- difference
            let base = previous.map { $0 >= start } == true ? left?.value : nil
            // A record one more than the difference after the one before it makes the same window twice (NOTES 5).
            _ = try make(start, from: base, old: made?.start == start ? made?.value : nil, input)
        }
        if !hasRight { try makeRight(right, input) }
    }

    /// Adds a record that is earlier than the difference: such records share the window from 0.
    @inlinable
    func addEarly(_ input: Input) throws {
        let time = input.time
        try find(input.key, from: 0, to: time &+ 1, latestFirst: false)
        var shared: Row?
        var right: Row?
        var hasRight = false
        var previous: Int64?
        for (start, row) in found.windows {
            if start == 0 {
                shared = row
                if row.timestamp < input.record.timestamp { previous = row.timestamp.millisecondsSinceEpoch }
            } else if start <= time {
                right = row
                try change(start, row, input)
            } else {
                hasRight = true
            }
        }
        // Without a window between them, what the shared one has later than the record lies in its right window.
        if right == nil { right = shared }
        if !hasRight { try makeRight(right, input) }
        if let previous, !found.contains(previous &+ 1) {
            _ = try make(previous &+ 1, from: nil, old: nil, input)
        }
        if let shared { try change(0, shared, input) } else { _ = try make(0, from: nil, old: nil, input) }
    }

    @inlinable
    func find(_ key: Key, from: Int64, to: Int64, latestFirst: Bool) throws {
        var from = max(0, from)
        if let visibleTime, let newest = store.observedStreamTime {
            from = max(from, newest.millisecondsSinceEpoch &- visibleTime &+ 1)
        }
        found.removeAll()
        guard from <= to else { return }
        try store.forEach(
            in: key, from: WindowRow(start: from), to: WindowRow(start: to), reversed: latestFirst, found.append)
    }

    // MARK: One window

    /// Adds the record to a window that is there.
    @inlinable
    func change(_ start: Int64, _ row: Row, _ input: Input) throws {
        guard try isOpen(start, input) else { return }
        let new = try aggregated(input, row.value)
        try put(new, old: row.value, start, at: max(row.timestamp, input.record.timestamp), input)
    }

    /// Makes a window whose last record is this one, from the aggregate of the others. Returns what it holds.
    @inlinable
    func make(_ start: Int64, from base: Aggregate?, old: Aggregate?, _ input: Input) throws -> Aggregate? {
        let first: Aggregate?
        do {
            first = try base ?? initial()
        } catch {
            throw UserClosureError(cause: error)
        }
        guard try isOpen(start, input) else { return nil }
        let new = try aggregated(input, first)
        try put(new, old: leaksInitial ? first : old, start, at: input.record.timestamp, input)
        return new
    }

    /// Makes the record's right window of what the window with the records after it holds.
    @inlinable
    func makeRight(_ row: Row?, _ input: Input) throws {
        guard let row, row.timestamp > input.record.timestamp else { return }
        try put(row.value, old: nil, input.time &+ 1, at: row.timestamp, input)
    }

    /// Drops the record from the window if that is closed.
    @inlinable
    func isOpen(_ start: Int64, _ input: Input) throws -> Bool {
        let end = start &+ difference
        if end >= input.closeTime { return true }
        let window = Window(start: Timestamp(start), end: Timestamp(end))
        try late.drop(input.record, from: window, lateness: observed.milliseconds &- end)
        return false
    }

    @inlinable
    func aggregated(_ input: Input, _ aggregate: Aggregate?) throws -> Aggregate? {
        do {
            return try aggregator(input.key, input.value, aggregate)
        } catch {
            throw UserClosureError(cause: error)
        }
    }

    @inlinable
    func put(_ new: Aggregate?, old: Aggregate?, _ start: Int64, at timestamp: Timestamp, _ input: Input) throws {
        if try !store.put(input.key, WindowRow(start: start), new, at: timestamp), dropsExpired {
            let window = Window(start: Timestamp(start), end: Timestamp(start &+ difference))
            return try late.drop(input.record, from: window, lateness: observed.milliseconds &- start &- difference)
        }
        let headers = input.record.headers
        if let closing {
            if new != nil {
                try closing.note(input.key, start, headers, isNewest: timestamp == input.record.timestamp)
            }
            return
        }
        let window = Window(start: Timestamp(start), end: Timestamp(start &+ difference))
        try forward(
            Windowed(key: input.key, window: window), new: new, old: old, timestamp: timestamp, headers: headers)
    }
}

/// The windows that a record meets, read before any of them is written. Memory that is used again.
@usableFromInline
final class FoundWindows<Aggregate> {
    @exclusivity(unchecked)
    @usableFromInline var windows: [(start: Int64, row: ValueAndTimestamp<Aggregate>)] = []

    @inlinable
    init() {}

    @inlinable
    func removeAll() { windows.removeAll(keepingCapacity: true) }

    @inlinable
    func append(_ row: WindowRow, _ value: ValueAndTimestamp<Aggregate>) -> Bool {
        windows.append((row.start, value))
        return true
    }

    @inlinable
    func contains(_ start: Int64) -> Bool { windows.contains { $0.start == start } }
}

extension TableForwarder {
    /// Forwards what changed in `store` before each commit, if changes wait for it.
    @inlinable
    func coalesce<Inner: Hashable>(
        _ store: SlidingWindowStore<Inner, Value>, windows: SlidingWindows, in assembly: NodeAssembly
    ) where Key == Windowed<Inner> {
        if !coalesces { return }
        let held = assembly.heldChanges(of: store.name)
        held.waitForCommit()
        assembly.beforeCommit {
            held.areHeld = false
            try store.forEachUncommitted { key, row, new, old, time in
                let key = Windowed(key: key, window: windows.window(from: Timestamp(row.start)))
                try forwardCoalesced(key, new: new, old: old, timestamp: time)
            }
        }
    }
}
