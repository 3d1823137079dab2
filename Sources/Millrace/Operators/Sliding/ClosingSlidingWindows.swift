public import MillraceStores

/// The sliding windows of one aggregation that are to be emitted when they close, each once (KIP-825, SEMANTICS D5,
/// D6): what `ClosingWindows` is for windows that share their starts. Every row has an entry in an index in the order
/// of emission, by start, then by the key's bytes; it is made anew from the store when the task starts. How far
/// windows have been closed is committed with the positions. Runs on the task's thread; may read the store's byte
/// store.
@usableFromInline
final class ClosingSlidingWindows<Key: Hashable & Sendable> {
    /// One row of an open window.
    @usableFromInline
    struct OpenRow {
        @usableFromInline let key: Key
        /// Of the record whose timestamp the row has; not kept over a restart.
        @usableFromInline var headers: Headers

        @inlinable
        init(key: Key, headers: Headers) {
            self.key = key
            self.headers = headers
        }
    }

    /// The end of the first window that is open, which belongs to it.
    @exclusivity(unchecked)
    @usableFromInline var earliestEnd: Int64 = .max
    @usableFromInline var open = TimeOrderedIndex<OpenRow>()
    /// Windows that ended before this time have been emitted.
    @usableFromInline var closedTime: Int64 = -1
    @usableFromInline let difference: Int64
    @usableFromInline let keySerde: AnySerde<Key>
    @usableFromInline var keyWriter = ByteWriter()
    /// Whether results have the headers of the record whose timestamp they have, not those of the trigger (A11).
    @usableFromInline let ownersHeaders: Bool
    @usableFromInline let emit: (_ start: Int64, OpenRow) throws -> Void

    @inlinable
    init<Aggregate>(
        _ assembly: NodeAssembly, _ store: SlidingWindowStore<Key, Aggregate>, _ windows: SlidingWindows,
        _ forward: TableForwarder<Windowed<Key>, Aggregate>, _ closing: SlidingWindowOperator.Closing<Key>
    ) {
        difference = windows.differenceMilliseconds
        keySerde = closing.key
        // Windows that a store of Kafka Streams would hide by then are lost (D5).
        let lostAfter =
            assembly.context.semantics.losesWindowsOnClose ? closing.kafkaRetention.wholeMilliseconds : .max
        emit = { start, open in
            let newest = store.observedStreamTime?.millisecondsSinceEpoch ?? 0
            guard start >= newest - lostAfter, let row = try store.get(open.key, WindowRow(start: start)) else {
                return
            }
            let key = Windowed(key: open.key, window: windows.window(from: Timestamp(start)))
            try forward.final(key, row, headers: open.headers)
        }
        ownersHeaders = !assembly.context.semantics.emitsHeadersOfTrigger
        keepTime(in: assembly)
        assembly.onStart { [self] in
            let earliest = max(0, closedTime &- windows.differenceMilliseconds)
            try store.forEach(fromTime: Timestamp(earliest)) { key, row, _ in
                try note(key, row.start, .empty, isNewest: true)
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
    @inlinable
    func closeInIdleTime(_ assembly: NodeAssembly, _ observed: ObservedTime, graceMilliseconds: Int64) {
        assembly.onTimeAdvance { [self] time in
            observed.advance(to: time.millisecondsSinceEpoch)
            try close(until: observed.milliseconds &- graceMilliseconds, trigger: .empty)
            // Rows of open windows are not older than these.
            return open.firstTime.map { min(time, Timestamp($0)) } ?? time
        }
    }

    /// A row has been put.
    /// - Parameter isNewest: whether the row has the timestamp of the record that these are the headers of.
    @inlinable
    func note(_ key: Key, _ start: Int64, _ headers: Headers, isNewest: Bool) throws {
        if start &+ difference < closedTime { return }
        keyWriter.removeAll()
        try keySerde.serialize(key, into: &keyWriter)
        let bytes = keyWriter.copyBytes()
        let isKnown = open.update(time: start, key: bytes) { if isNewest { $0.headers = headers } }
        if isKnown { return }
        open.insert(OpenRow(key: key, headers: isNewest ? headers : .empty), time: start, key: bytes)
        earliestEnd = min(earliestEnd, start &+ difference)
    }

    /// Emits every window that ends before `closeTime`.
    /// - Parameter trigger: the headers of the current record.
    @inlinable
    func close(until closeTime: Int64, trigger: Headers) throws {
        closedTime = max(closedTime, closeTime)
        while let first = open.first, first.time &+ difference < closeTime {
            open.removeFirst()
            var row = first.element
            if !ownersHeaders { row.headers = trigger }
            try emit(first.time, row)
        }
        earliestEnd = open.firstTime.map { $0 &+ difference } ?? .max
    }
}
