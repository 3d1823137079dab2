public import MillraceStores

/// The windows of one aggregation that are to be emitted when they close, each once (KIP-825, SEMANTICS D5, D6).
///
/// It knows the starts of the windows that hold rows and are open, so that no advance of time, however long, passes
/// one over, and a record that closes nothing costs one comparison. How far windows have been closed is committed with
/// the positions; the open ones are found in the store when the task starts. Rows go on in the order of the windows'
/// starts, then of the keys' bytes, before the record that closes them is counted.
///
/// Runs on the task's thread; may read the store's byte store.
@usableFromInline
final class ClosingWindows<Key: Hashable & Sendable> {
    /// When the next window closes, without grace.
    @exclusivity(unchecked)
    @usableFromInline var earliestEnd: Int64 = .max
    /// Ascending, with their ends: those of the last size plus grace.
    @usableFromInline var open: [(start: Int64, end: Int64)] = []
    /// A row has been put into the window that begins here: the last one noted.
    @exclusivity(unchecked)
    @usableFromInline var lastStart: Int64 = -1
    /// Until when windows have been closed.
    @usableFromInline var closedTime: Int64 = -1
    /// Of the records whose timestamps the rows have, where they have any; not kept over a restart.
    @usableFromInline var headers: RowHeaders<Key>?
    @usableFromInline let emit: (Window, (_ key: Key) -> Headers) throws -> Void
    /// Windows that a store of Kafka Streams would hide by then are lost (D5).
    @usableFromInline let lostAfter: Int64?

    @inlinable
    init<Aggregate>(
        _ assembly: NodeAssembly, _ store: WindowStore<Key, Aggregate>, _ windows: TimeWindows,
        _ forward: TableForwarder<Windowed<Key>, Aggregate>
    ) {
        let semantics = assembly.context.semantics
        lostAfter = semantics.losesWindowsOnClose ? store.retentionMilliseconds : nil
        headers = semantics.emitsHeadersOfTrigger ? nil : RowHeaders()
        emit = { window, headers in
            try store.forEach(from: window.start, to: window.start) { key, _, row in
                try forward.final(Windowed(key: key, window: window), row, headers: headers(key))
                return true
            }
            store.releaseWindow(window.start)
        }
        keepTime(in: assembly)
        assembly.onStart { [self] in
            let earliest = max(0, closedTime &- windows.sizeMilliseconds)
            try store.forEach(from: Timestamp(earliest)) { _, start, _ in
                let window = windows.window(from: start)
                note(start: start.millisecondsSinceEpoch, end: window.end.millisecondsSinceEpoch)
                return true
            }
        }
    }

    /// Has the time of the last closing committed, and takes it over when the task starts.
    @usableFromInline
    func keepTime(in assembly: NodeAssembly) {
        let times = assembly.context.operatorTimes
        let name = assembly.node.stateName + "/closed"
        assembly.onStart { [self] in
            if let time = times.restoredTime(of: name) { closedTime = time.millisecondsSinceEpoch }
        }
        times.track(name) { [self] in closedTime < 0 ? nil : Timestamp(closedTime) }
    }

    /// Windows also close where time moves on without a record (`IdlePolicy`, SEMANTICS D7).
    @usableFromInline
    func closeInIdleTime(_ assembly: NodeAssembly, _ observed: ObservedTime, graceMilliseconds: Int64) {
        assembly.onTimeAdvance { [self] time in
            observed.advance(to: time.millisecondsSinceEpoch)
            try close(until: observed.milliseconds &- graceMilliseconds, newestStart: -1, trigger: .empty)
            // Rows of open windows are not older than these.
            return open.first.map { min(time, Timestamp($0.start)) } ?? time
        }
    }

    /// A row has been put into a window.
    /// - Parameter isNewest: whether the row has the timestamp of the record that these are the headers of.
    @inlinable
    func note(_ key: Key, _ window: Window, _ headers: Headers, isNewest: Bool) {
        let start = window.start.millisecondsSinceEpoch
        if start != lastStart { note(start: start, end: window.end.millisecondsSinceEpoch) }
        if isNewest { self.headers?.set(headers, of: key, windowStart: start) }
    }

    @usableFromInline
    func note(start: Int64, end: Int64) {
        if end <= closedTime { return }
        lastStart = start
        let place = place(of: start)
        if place < open.count, open[place].start == start { return }
        open.insert((start, end), at: place)
        earliestEnd = open[0].end
    }

    /// Where the first open window stands that does not begin before `start`.
    private func place(of start: Int64) -> Int {
        if open.last.map({ $0.start < start }) ?? true { return open.count }
        var low = 0
        var high = open.count
        while low < high {
            let middle = (low + high) / 2
            if open[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Emits every window that ends at `closeTime` or before.
    /// - Parameters:
    ///   - newestStart: the start of the latest window that the current record belongs to.
    ///   - trigger: the headers of that record.
    @usableFromInline
    func close(until closeTime: Int64, newestStart: Int64, trigger: Headers) throws {
        let count = open.firstIndex { $0.end > closeTime } ?? open.count
        let closed = open[..<count]
        open.removeFirst(count)
        earliestEnd = open.first?.end ?? .max
        lastStart = -1
        closedTime = max(closedTime, closeTime)
        for (start, end) in closed {
            let owners = headers?.take(windowStart: start)
            if let lostAfter, start < newestStart - lostAfter { continue }
            try emit(Window(start: Timestamp(start), end: Timestamp(end))) { key in
                owners.map { $0[key] ?? .empty } ?? trigger
            }
        }
    }
}

/// The headers that results will have, for rows of open windows: only of records that have headers. Memory of one
/// task.
@usableFromInline
struct RowHeaders<Key: Hashable> {
    @usableFromInline var ofWindows: [Int64: [Key: Headers]] = [:]

    @inlinable
    init() {}

    @inlinable
    mutating func set(_ headers: Headers, of key: Key, windowStart: Int64) {
        if headers.isEmpty && ofWindows.isEmpty { return }
        ofWindows[windowStart, default: [:]][key] = headers.isEmpty ? nil : headers
    }

    @inlinable
    mutating func take(windowStart: Int64) -> [Key: Headers] { ofWindows.removeValue(forKey: windowStart) ?? [:] }
}
