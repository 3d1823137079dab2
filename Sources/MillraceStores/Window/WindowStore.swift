public import MillraceCore

/// Kafka Streams' timestamped window store: a value for each key and window start. A window is visible while
/// `start >= store time - retention + 1`; store time is the greatest start ever put (SEMANTICS I1).
///
/// The overlay has a table for each window, so that expiry drops whole tables. Expired windows are hidden at once, and
/// dropped from memory at the next commit, from the byte store at a later flush: an abort brings them back.
///
/// One stream thread owns it. It reads the byte store when a key of a window is first touched there, and writes it in
/// `flush` only. The `committed…` methods serve queries: from other threads, under the lock of `StateStore`.
/// Every method throws what the serdes throw, and `StoreError` of the byte store.
public final class WindowStore<Key: Hashable, Value>: StateStore {
    @usableFromInline typealias Window = WindowTable<Key, Value>

    public let name: String
    /// Milliseconds of store time for which a window stays visible.
    public let retentionMilliseconds: Int64
    @usableFromInline let codec: StoreCodec<Key, Value>
    @usableFromInline let byteStore: any ByteStore

    /// In the order of their starts, which stand beside them.
    @exclusivity(unchecked)
    @usableFromInline var windows: [Window] = []
    @exclusivity(unchecked)
    @usableFromInline var starts: [Int64] = []
    /// Where the last window touched stands.
    @exclusivity(unchecked)
    @usableFromInline var hotIndex = 0

    /// Entries written since the last commit, in the order of their first write.
    @exclusivity(unchecked)
    @usableFromInline var uncommitted: [Window.Place] = []
    /// Entries whose committed value is not in the byte store.
    @usableFromInline var unflushed: [Window.Place] = []
    @usableFromInline var restored = RestoreBuffer()

    /// The greatest window start ever put, -1 before the first: store time, now and at the last commit.
    @exclusivity(unchecked)
    @usableFromInline var newestStart: Int64
    @usableFromInline var committedNewestStart: Int64
    /// No window that starts above this one is in the byte store.
    @usableFromInline var storedNewestStart: Int64
    /// Windows that start below this are gone from the byte store.
    @usableFromInline var droppedBefore: Int64
    /// The changelog offset that the committed generation stands for.
    @usableFromInline var committedEnd: Offset?

    @usableFromInline let keyWriter = ScratchBytes()
    @usableFromInline let valueWriter = ScratchBytes()
    @usableFromInline var batch = ByteBatch()
    @exclusivity(unchecked)
    @usableFromInline var entryWriter: EntryWriter<Key, Value>

    // Made where the types are concrete: reached through a witness, generic code would run unspecialised.
    @usableFromInline let changelogWriter: (WindowStore, any ChangelogSink) throws -> Void
    @usableFromInline let committer: (WindowStore) -> Void
    @usableFromInline let flusher: (WindowStore) throws -> Void

    /// - Parameter retention: at least the size of the windows and their grace.
    /// - Parameter byteStore: what lies under the overlay.
    /// - Parameter keySerde: of the keys.
    /// - Parameter name: of the node; numbered by default.
    /// - Parameter valueSerde: of the values.
    @inlinable
    public init<KeySerde: Serde<Key>, ValueSerde: Serde<Value>>(
        name: String, retention: Duration, byteStore: any ByteStore, keySerde: KeySerde, valueSerde: ValueSerde
    ) throws {
        precondition(retention.wholeMilliseconds > 0, "window store \(name): a retention of \(retention)")
        self.name = name
        retentionMilliseconds = retention.wholeMilliseconds
        self.byteStore = byteStore
        codec = StoreCodec(keySerde: keySerde, valueSerde: valueSerde)
        entryWriter = EntryWriter(codec)
        committedEnd = byteStore.checkpoint
        newestStart = try byteStore.attribute(WindowAttribute.newestStart) ?? -1
        committedNewestStart = newestStart
        storedNewestStart = newestStart
        droppedBefore = try byteStore.attribute(WindowAttribute.droppedBefore) ?? 0
        changelogWriter = { store, sink in try store.writeUncommitted(to: sink) }
        committer = { store in store.commitUncommitted() }
        flusher = { store in try store.flushCommitted() }
    }

    // MARK: Time

    /// The greatest window start that the store has seen; nil before the first put.
    @inlinable public var observedStreamTime: Timestamp? { newestStart < 0 ? nil : Timestamp(newestStart) }

    /// Windows that start below are expired.
    @inlinable
    func firstVisibleStart(_ view: ReadView) -> Int64 {
        let time = view == .latest ? newestStart : committedNewestStart
        return max(0, time - retentionMilliseconds + 1)
    }

    // MARK: Reading

    /// The newest value of `key` in the window that starts at `start`; nil for an expired window.
    @inlinable
    public func get(_ key: Key, windowStart start: Timestamp) throws -> ValueAndTimestamp<Value>? {
        let windowStart = start.millisecondsSinceEpoch
        if windowStart < firstVisibleStart(.latest) { return nil }
        let window = try self.window(windowStart)
        let index = try knownEntry(key, in: window)
        guard let value = unsafe window.table.entries[index].value else { return nil }
        return ValueAndTimestamp(value, at: Timestamp(unsafe window.table.entries[index].timestamp))
    }

    /// The value of `key` in a window at the last commit; for queries.
    @inlinable
    public func committedGet(_ key: Key, windowStart start: Timestamp) throws -> ValueAndTimestamp<Value>? {
        if !restored.isEmpty { try absorbRestored() }
        let windowStart = start.millisecondsSinceEpoch
        if windowStart < firstVisibleStart(.committed) { return nil }
        return try lookUp(key, windowStart: windowStart, view: .committed)
    }

    /// About how many keys and windows the store has: cheap, counts pending deletions and rewrites twice.
    public var approximateCount: Int { byteStore.approximateCount + uncommitted.count + unflushed.count }

    // MARK: Writing

    /// Puts a value, or removes the key from the window where it is nil. Returns false, and changes nothing, where the
    /// window has expired: count the record as dropped.
    @inlinable
    @discardableResult
    public func put(
        _ key: Key, _ value: consuming Value?, windowStart start: Timestamp, at timestamp: Timestamp
    ) throws -> Bool {
        let windowStart = start.millisecondsSinceEpoch
        precondition(windowStart >= 0, "window store \(name): a window that starts at \(windowStart)")
        // Restored records hold store time too; they were taken into account when they came.
        if windowStart > newestStart { newestStart = windowStart }
        if windowStart < firstVisibleStart(.latest) { return false }
        let window = try self.window(windowStart)
        let hash = OverlayHash.hash(key)
        var index = window.table.find(key, hash: hash)
        if index < 0 { index = addEntry(key, hash: hash, to: window) }
        if unsafe window.table.entries[index].write(value, timestamp: timestamp.millisecondsSinceEpoch) {
            uncommitted.append(Window.Place(window, Int32(truncatingIfNeeded: index)))
        }
        return true
    }

    // MARK: Windows and entries

    /// The overlay of the window, made where there is none.
    @inlinable
    @inline(__always)
    func window(_ start: Int64) throws -> Window {
        let hot = hotIndex
        if hot < starts.count, starts[hot] == start { return windows[hot] }
        return try otherWindow(start)
    }

    @inlinable
    @inline(never)
    func otherWindow(_ start: Int64) throws -> Window {
        if !restored.isEmpty { try absorbRestored() }
        return makeWindow(start)
    }

    @inlinable
    func makeWindow(_ start: Int64) -> Window {
        let place = placeOfWindow(start)
        hotIndex = place
        if place < starts.count, starts[place] == start { return windows[place] }
        let window = Window(start: start, isComplete: start > storedNewestStart)
        windows.insert(window, at: place)
        starts.insert(start, at: place)
        return window
    }

    /// Where the first window stands that does not start before `start`.
    @inlinable
    func placeOfWindow(_ start: Int64) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    @inlinable
    @inline(__always)
    func knownEntry(_ key: Key, in window: Window) throws -> Int {
        let hash = OverlayHash.hash(key)
        let index = window.table.find(key, hash: hash)
        if index >= 0, unsafe window.table.entries[index].state.contains(.known) {
            unsafe window.table.entries[index].state.insert(.used)
            return index
        }
        return try loadEntry(key, hash: hash, found: index, in: window)
    }

    @inlinable
    @inline(never)
    func loadEntry(_ key: Key, hash: UInt32, found: Int, in window: Window) throws -> Int {
        let stored: (value: Value?, timestamp: Int64) =
            window.isComplete ? (nil, 0) : try readStored(key, windowStart: window.start)
        let index = found >= 0 ? found : window.table.insert(key, hash: hash)
        unsafe window.table.entries[index].load(stored.value, timestamp: stored.timestamp)
        return index
    }

    @inlinable
    @inline(never)
    func addEntry(_ key: Key, hash: UInt32, to window: Window) -> Int {
        let index = window.table.insert(key, hash: hash)
        if window.isComplete { unsafe window.table.entries[index].load(nil, timestamp: 0) }
        return index
    }

    /// What the byte store holds for `key` in a window.
    @inlinable
    func readStored(_ key: Key, windowStart: Int64) throws -> (value: Value?, timestamp: Int64) {
        if windowStart > storedNewestStart || windowStart < droppedBefore { return (nil, 0) }
        let keyWriter = keyWriter
        let valueWriter = valueWriter
        keyWriter.removeAll()
        keyWriter.writer.append(windowStart)
        try codec.writeKey(key, &keyWriter.writer)
        valueWriter.removeAll()
        guard try byteStore.get(keyWriter.bytes, into: &valueWriter.writer) else { return (nil, 0) }
        let (value, timestamp) = try codec.readTimestamped(valueWriter.bytes)
        return (value, timestamp)
    }

    /// What a view has for a key in a visible window, without taking it into the overlay.
    @inlinable
    func lookUp(_ key: Key, windowStart: Int64, view: ReadView) throws -> ValueAndTimestamp<Value>? {
        var found: (value: Value?, timestamp: Int64)?
        let place = placeOfWindow(windowStart)
        if place < starts.count, starts[place] == windowStart {
            let window = windows[place]
            let index = window.table.find(key, hash: OverlayHash.hash(key))
            if index >= 0 { found = unsafe window.table.entries[index].seen(view) }
        }
        let (value, timestamp) = try found ?? readStored(key, windowStart: windowStart)
        return value.map { ValueAndTimestamp($0, at: Timestamp(timestamp)) }
    }
}

/// Numbers that a window store keeps beside its data.
@usableFromInline
enum WindowAttribute {
    @inlinable static var newestStart: String { "newest-window-start" }
    @inlinable static var droppedBefore: String { "dropped-before" }
}
