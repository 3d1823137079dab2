public import MillraceCore

/// How writes of a key-value store go from generation to generation (`StateStore`).
extension KeyValueStore {
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

    /// Calls `body` for each key written since the last commit, in the order of the first writes, with its newest
    /// value, its value at that commit, and the time of the last write, which a deletion has too. For results
    /// coalesced at commit; `writeChangelog` may follow.
    @inlinable
    public func forEachUncommitted(
        _ body: (
            _ key: Key, _ new: ValueAndTimestamp<Value>?, _ old: ValueAndTimestamp<Value>?, _ time: Timestamp
        ) throws -> Void
    ) throws {
        var position = 0
        while position < uncommitted.count {
            let index = Int(uncommitted[position])
            position += 1
            let key = unsafe table.entries[index].key
            if unsafe !table.entries[index].state.contains(.undoKnown) {
                let stored = try readStored(key)
                unsafe table.entries[index].loadUndo(stored.value, timestamp: stored.timestamp)
            }
            let entry = unsafe table.entries[index]
            try body(
                key, entry.value.map { ValueAndTimestamp($0, at: Timestamp(entry.timestamp)) },
                entry.committedValue.map { ValueAndTimestamp($0, at: Timestamp(entry.committedTimestamp)) },
                Timestamp(entry.timestamp))
        }
    }

    @inlinable
    func writeUncommitted(to sink: any ChangelogSink) throws {
        let keyWriter = keyWriter
        for index in uncommitted {
            let entry = table.entries + Int(index)
            // Put and removed again between two commits: nobody has seen it.
            if unsafe entry.pointee.value == nil && entry.pointee.state.contains(.undoKnown)
                && entry.pointee.committedValue == nil
            {
                continue
            }
            keyWriter.removeAll()
            try codec.writeKey(unsafe entry.pointee.key, &keyWriter.writer)
            let timestamp = Timestamp(unsafe entry.pointee.timestamp)
            try entryWriter.log(keyWriter, unsafe entry.pointee.value, at: timestamp, to: sink)
        }
    }

    @inlinable
    func commitUncommitted() {
        if !uncommitted.isEmpty { generation &+= 1 }
        for index in uncommitted where unsafe table.entries[Int(index)].commit() { unflushed.append(index) }
        uncommitted.removeAll(keepingCapacity: true)
        orderedUncommitted = 0
    }

    public func abort() {
        for index in uncommitted { unsafe table.entries[Int(index)].abort() }
        uncommitted.removeAll(keepingCapacity: true)
        orderedUncommitted = 0
    }

    @inlinable
    func flushCommitted() throws {
        if !restored.isEmpty {
            try flushRestored()
            return
        }
        let keyWriter = keyWriter
        batch.removeAll()
        defer { batch.removeAll() }
        for index in unflushed {
            let entry = table.entries + Int(index)
            let committed = unsafe entry.pointee.lastCommitted
            keyWriter.removeAll()
            try codec.writeKey(unsafe entry.pointee.key, &keyWriter.writer)
            try entryWriter.stage(keyWriter, committed, in: &batch)
        }
        if byteStore.needsCheckpoint(committedEnd) { batch.checkpoint = committedEnd }
        if batch.isEmpty { return }
        try byteStore.write(batch)
        for index in unflushed { unsafe table.entries[Int(index)].state.remove(.unflushed) }
        unflushed.removeAll(keepingCapacity: true)
        forgetOrder()
    }

    /// Restored bytes go down as they are; there are no entries yet.
    @usableFromInline
    func flushRestored() throws {
        precondition(table.count == 0, "store \(name): restored bytes under \(table.count) entries")
        try restored.withBatch { batch in
            if byteStore.needsCheckpoint(committedEnd) { batch.checkpoint = committedEnd }
            try byteStore.write(batch)
        }
        restored.removeAll()
        isComplete = false
    }

    // MARK: Restore

    public func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        if table.count == 0 {
            restored.put(key, value, timestamp: timestamp.millisecondsSinceEpoch)
            return
        }
        try restoreEntry(
            codec.readKey(key), codec.readValue(orNil: value), timestamp: timestamp.millisecondsSinceEpoch)
    }

    public func completeRestoredBatch(changelogEnd: Offset) throws {
        committedEnd = changelogEnd
        if restored.byteCount > byteStore.restoreBatchBytes { try flush() }
    }

    @inlinable
    func restoreEntry(_ key: Key, _ value: Value?, timestamp: Int64) {
        let hash = OverlayHash.hash(key)
        var index = table.find(key, hash: hash)
        if index < 0 { index = table.insert(key, hash: hash) }
        if unsafe table.entries[index].restore(value, timestamp: timestamp) { unflushed.append(Int32(index)) }
    }

    /// Turns restored bytes into entries, before the first of them can be read or written.
    @inlinable
    @inline(never)
    func absorbRestored() throws {
        try restored.forEach { key, value in
            let (value, timestamp) = try codec.readTimestamped(orNil: value)
            restoreEntry(try codec.readKey(key), value, timestamp: timestamp)
        }
        restored.removeAll()
    }

    // MARK: Memory

    public var overlayByteCount: Int {
        return table.byteCount + table.count * entryWriter.bytesPerEntry + restored.byteCount
            + (uncommitted.capacity + unflushed.capacity) * MemoryLayout<Int32>.stride
    }

    public func evictClean() {
        forgetOrder()
        let newIndexes = table.rebuild { entry in
            let isDirty = entry.state.contains(.uncommitted) || entry.state.contains(.unflushed)
            let isUsed = entry.state.contains(.used)
            entry.state.remove(.used)
            return isDirty || isUsed
        }
        guard let newIndexes else { return }
        isComplete = false
        for place in uncommitted.indices { uncommitted[place] = newIndexes[Int(uncommitted[place])] }
        for place in unflushed.indices { unflushed[place] = newIndexes[Int(unflushed[place])] }
    }

    public func close() {
        table = OverlayTable()
        uncommitted = []
        unflushed = []
        restored.removeAll()
        order = OrderedByteMap()
        byteStore.close()
    }
}
