public import MillraceCore

/// How writes of a window store go from generation to generation (`StateStore`). What has expired by then goes no
/// further: neither into the changelog nor into the byte store; results of it are still emitted at commit.
extension WindowStore {
    public var isPersistent: Bool { byteStore.isPersistent }
    public var checkpoint: Offset? { byteStore.checkpoint }
    public var caughtUpAt: Timestamp? { byteStore.caughtUpAt }
    public func noteCaughtUp(at time: Timestamp) { byteStore.caughtUpNext = time }
    public var hasUnflushed: Bool {
        !unflushed.isEmpty || !restored.isEmpty || byteStore.needsCheckpoint(committedEnd)
    }

    public func writeChangelog(to sink: any ChangelogSink) throws { try changelogWriter(self, sink) }

    public func commit(changelogEnd: Offset?) {
        committer(self)
        if let changelogEnd { committedEnd = changelogEnd }
    }

    public func flush() throws { try flusher(self) }

    /// Calls `body` for each key and window written since the last commit, in the order of the first writes, with its
    /// newest value, its value at that commit, and the time of the last write, which a deletion has too; also for
    /// windows that have expired meanwhile. For results coalesced at commit; `writeChangelog` may follow.
    @inlinable
    public func forEachUncommitted(
        _ body: (
            _ key: Key, _ windowStart: Timestamp, _ new: ValueAndTimestamp<Value>?, _ old: ValueAndTimestamp<Value>?,
            _ time: Timestamp
        ) throws -> Void
    ) throws {
        var position = 0
        while position < uncommitted.count {
            let window = uncommitted[position].window
            let index = Int(uncommitted[position].index)
            position += 1
            let key = unsafe window.table.entries[index].key
            if unsafe !window.table.entries[index].state.contains(.undoKnown) {
                let stored = try readStored(key, windowStart: window.start)
                unsafe window.table.entries[index].loadUndo(stored.value, timestamp: stored.timestamp)
            }
            let entry = unsafe window.table.entries[index]
            try body(
                key, Timestamp(window.start),
                entry.value.map { ValueAndTimestamp($0, at: Timestamp(entry.timestamp)) },
                entry.committedValue.map { ValueAndTimestamp($0, at: Timestamp(entry.committedTimestamp)) },
                Timestamp(entry.timestamp))
        }
    }

    @inlinable
    func writeUncommitted(to sink: any ChangelogSink) throws {
        let keyWriter = keyWriter
        let firstVisible = firstVisibleStart(.latest)
        for place in uncommitted where place.window.start >= firstVisible {
            let entry = place.window.table.entries + Int(place.index)
            keyWriter.removeAll()
            try codec.writeKey(unsafe entry.pointee.key, &keyWriter.writer)
            WindowKey.appendChangelogSuffix(start: place.window.start, to: &keyWriter.writer)
            let timestamp = Timestamp(unsafe entry.pointee.timestamp)
            // A tombstone is written even where nothing was committed: it may be what carries store time.
            try entryWriter.log(keyWriter, unsafe entry.pointee.value, at: timestamp, to: sink)
        }
    }

    @inlinable
    func commitUncommitted() {
        for place in uncommitted where unsafe place.window.table.entries[Int(place.index)].commit() {
            unflushed.append(place)
        }
        uncommitted.removeAll(keepingCapacity: true)
        committedNewestStart = newestStart
        dropExpiredWindows()
    }

    /// Gives back the memory of windows that no abort can bring back.
    @inlinable
    func dropExpiredWindows() {
        let expired = placeOfWindow(firstVisibleStart(.committed))
        guard expired > 0 else { return }
        for window in windows[..<expired] { window.isDropped = true }
        windows.removeFirst(expired)
        starts.removeFirst(expired)
        hotIndex = max(0, hotIndex - expired)
        unflushed.removeAll { $0.window.isDropped }
    }

    public func abort() {
        for place in uncommitted { unsafe place.window.table.entries[Int(place.index)].abort() }
        uncommitted.removeAll(keepingCapacity: true)
        newestStart = committedNewestStart
    }

    // MARK: Flush

    @inlinable
    func flushCommitted() throws {
        if !restored.isEmpty {
            try flushRestored()
            return
        }
        let keyWriter = keyWriter
        batch.removeAll()
        defer { batch.removeAll() }
        let firstVisible = firstVisibleStart(.committed)
        for place in unflushed where place.window.start >= firstVisible {
            let entry = place.window.table.entries + Int(place.index)
            let committed = unsafe entry.pointee.lastCommitted
            keyWriter.removeAll()
            keyWriter.writer.append(place.window.start)
            try codec.writeKey(unsafe entry.pointee.key, &keyWriter.writer)
            try entryWriter.stage(keyWriter, committed, in: &batch)
        }
        try write(&batch, firstVisible: firstVisible)
        for place in unflushed { unsafe place.window.table.entries[Int(place.index)].state.remove(.unflushed) }
        unflushed.removeAll(keepingCapacity: true)
    }

    /// Restored bytes go down as they are; there are no windows yet.
    @usableFromInline
    func flushRestored() throws {
        precondition(windows.isEmpty, "store \(name): restored bytes under \(windows.count) windows")
        let firstVisible = firstVisibleStart(.committed)
        let lower = WindowKey.bytes(start: firstVisible)
        restored.removeAll(before: lower.span.bytes)
        try restored.withBatch { batch in try write(&batch, firstVisible: firstVisible) }
        restored.removeAll()
    }

    /// Adds what expired, store time and the offset to the batch, and writes it.
    @usableFromInline
    func write(_ batch: inout ByteBatch, firstVisible: Int64) throws {
        if byteStore.needsCheckpoint(committedEnd) { batch.checkpoint = committedEnd }
        let hasChanges = !batch.isEmpty || committedNewestStart > storedNewestStart
        guard hasChanges else { return }
        batch.setAttribute(WindowAttribute.newestStart, committedNewestStart)
        // In steps, as Kafka drops segments: each step is one range tombstone.
        let drops = firstVisible - droppedBefore >= max(retentionMilliseconds / 2, 60_000)
        if drops {
            batch.deleteRange(
                from: WindowKey.bytes(start: droppedBefore).span.bytes,
                to: WindowKey.bytes(start: firstVisible).span.bytes)
            batch.setAttribute(WindowAttribute.droppedBefore, firstVisible)
        }
        try byteStore.write(batch)
        if drops { droppedBefore = firstVisible }
        storedNewestStart = max(storedNewestStart, committedNewestStart)
    }

    // MARK: Restore

    public func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        let (keyRange, start) = try WindowKey.readChangelogKey(key)
        precondition(newestStart == committedNewestStart, "a changelog record restored over uncommitted writes")
        newestStart = max(newestStart, start)
        committedNewestStart = newestStart
        if start < firstVisibleStart(.committed) { return }
        let milliseconds = timestamp.millisecondsSinceEpoch
        if windows.isEmpty {
            let keyWriter = keyWriter
            keyWriter.removeAll()
            keyWriter.writer.append(start)
            keyWriter.writer.append(key.extracting(keyRange))
            restored.put(keyWriter.bytes, value, timestamp: milliseconds)
            return
        }
        let typedKey = try codec.readKey(key.extracting(keyRange))
        restoreEntry(typedKey, try codec.readValue(orNil: value), windowStart: start, timestamp: milliseconds)
    }

    public func completeRestoredBatch(changelogEnd: Offset) throws {
        committedEnd = changelogEnd
        dropExpiredWindows()
        if restored.byteCount > byteStore.restoreBatchBytes { try flush() }
    }

    @inlinable
    func restoreEntry(_ key: Key, _ value: Value?, windowStart: Int64, timestamp: Int64) {
        let window = makeWindow(windowStart)
        let hash = OverlayHash.hash(key)
        var index = window.table.find(key, hash: hash)
        if index < 0 { index = window.table.insert(key, hash: hash) }
        if unsafe window.table.entries[index].restore(value, timestamp: timestamp) {
            unflushed.append(Window.Place(window, Int32(truncatingIfNeeded: index)))
        }
    }

    /// Turns restored bytes into entries, before the first window is made.
    @inlinable
    @inline(never)
    func absorbRestored() throws {
        let firstVisible = firstVisibleStart(.committed)
        try restored.forEach { key, value in
            let start = try WindowKey.readStart(key)
            guard start >= firstVisible else { return }
            let typedKey = try codec.readKey(key.extracting(8..<key.byteCount))
            let (value, timestamp) = try codec.readTimestamped(orNil: value)
            restoreEntry(typedKey, value, windowStart: start, timestamp: timestamp)
        }
        restored.removeAll()
    }

    // MARK: Memory

    public var overlayByteCount: Int {
        let perEntry = entryWriter.bytesPerEntry
        var byteCount = restored.byteCount
        for window in windows { byteCount += window.table.byteCount + window.table.count * perEntry + 128 }
        return byteCount + (uncommitted.capacity + unflushed.capacity) * MemoryLayout<Window.Place>.stride
    }

    /// The window will hardly be touched again: the next `evictClean` gives back the memory of its clean entries.
    @inlinable
    public func releaseWindow(_ start: Timestamp) {
        let windowStart = start.millisecondsSinceEpoch
        let place = placeOfWindow(windowStart)
        guard place < starts.count, starts[place] == windowStart else { return }
        let window = windows[place]
        for index in 0..<window.table.count { unsafe window.table.entries[index].state.remove(.used) }
    }

    public func evictClean() {
        var moved: [ObjectIdentifier: [Int32]] = [:]
        for window in windows {
            let newIndexes = window.table.rebuild { entry in
                let isDirty = entry.state.contains(.uncommitted) || entry.state.contains(.unflushed)
                let isUsed = entry.state.contains(.used)
                entry.state.remove(.used)
                return isDirty || isUsed
            }
            guard let newIndexes else { continue }
            window.isComplete = false
            moved[ObjectIdentifier(window)] = newIndexes
        }
        guard !moved.isEmpty else { return }
        for place in uncommitted.indices { uncommitted[place] = uncommitted[place].moved(by: moved) }
        for place in unflushed.indices { unflushed[place] = unflushed[place].moved(by: moved) }
        windows.removeAll { $0.table.count == 0 }
        starts = windows.map(\.start)
        hotIndex = 0
    }

    public func close() {
        windows = []
        starts = []
        uncommitted = []
        unflushed = []
        restored.removeAll()
        byteStore.close()
    }
}

extension WindowTable.Place {
    /// The place after the tables were rebuilt.
    func moved(by newIndexes: [ObjectIdentifier: [Int32]]) -> Self {
        guard let indexes = newIndexes[ObjectIdentifier(window)] else { return self }
        return Self(window, indexes[Int(index)])
    }
}
