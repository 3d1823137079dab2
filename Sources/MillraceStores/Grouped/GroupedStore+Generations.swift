public import MillraceCore

/// How writes of a grouped store go from generation to generation (`StateStore`). What has expired by then goes no
/// further: neither into the changelog nor into the byte store; results of it are still emitted at commit.
extension GroupedStore {
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

    /// Calls `body` for each row written since the last commit, group by group in the order of their first writes; of a
    /// group, removed rows first. With the row's newest value, its value at that commit, and the time of the last
    /// write, which a removal has too; also for rows that have expired meanwhile, but not for rows put and removed
    /// again. For results coalesced at commit; `writeChangelog` may follow.
    @inlinable
    public func forEachUncommitted(
        _ body: (
            _ group: Group, _ row: Row, _ new: ValueAndTimestamp<Value>?, _ old: ValueAndTimestamp<Value>?,
            _ time: Timestamp
        ) throws -> Void
    ) throws {
        var position = 0
        while position < uncommitted.count {
            let rows = uncommitted[position]
            position += 1
            var hasPuts = false
            for index in min(rows.uncommittedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].state.contains(.uncommitted) {
                if rows.entries[index].value == nil {
                    try passOn(rows, index, body)
                } else {
                    hasPuts = true
                }
            }
            guard hasPuts else { continue }
            for index in min(rows.uncommittedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].state.contains(.uncommitted) && rows.entries[index].value != nil {
                try passOn(rows, index, body)
            }
        }
    }

    @inlinable
    func passOn(
        _ rows: Rows, _ index: Int,
        _ body: (
            _ group: Group, _ row: Row, _ new: ValueAndTimestamp<Value>?, _ old: ValueAndTimestamp<Value>?,
            _ time: Timestamp
        ) throws -> Void
    ) throws {
        if !rows.entries[index].state.contains(.undoKnown) {
            let stored = try readStored(rows.group, rows.entries[index].key)
            rows.entries[index].loadUndo(stored?.value, timestamp: stored?.timestamp.millisecondsSinceEpoch ?? 0)
        }
        let entry = rows.entries[index]
        try body(
            rows.group, entry.key, entry.value.map { ValueAndTimestamp($0, at: Timestamp(entry.timestamp)) },
            entry.committedValue.map { ValueAndTimestamp($0, at: Timestamp(entry.committedTimestamp)) },
            Timestamp(entry.timestamp))
    }

    @inlinable
    func writeUncommitted(to sink: any ChangelogSink) throws {
        let firstVisible = firstVisible(.latest)
        var isTimeWritten = false
        for rows in uncommitted {
            groupWriter.removeAll()
            try codec.writeKey(rows.group, &groupWriter.writer)
            for index in min(rows.uncommittedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].state.contains(.uncommitted) {
                let row = rows.entries[index].key
                guard isVisible(row, from: firstVisible) else { continue }
                guard rows.entries[index].value != nil || Row.logsRemovals else { continue }
                if row.time == newestTime { isTimeWritten = true }
                try append(rows.entries[index].value, row, at: Timestamp(rows.entries[index].timestamp), to: sink)
            }
        }
        guard newestTime > committedNewestTime, !isTimeWritten, let removed = removedNewest,
            removed.row.time == newestTime
        else { return }
        groupWriter.removeAll()
        try codec.writeKey(removed.rows.group, &groupWriter.writer)
        try append(nil, removed.row, at: Timestamp(newestTime), to: sink)
    }

    /// Appends a record for a row of the group that `groupWriter` holds.
    @inlinable
    func append(_ value: Value?, _ row: Row, at timestamp: Timestamp, to sink: any ChangelogSink) throws {
        let groupWriter = groupWriter
        let keyWriter = keyWriter
        keyWriter.removeAll()
        keyWriter.writer.append(groupWriter.bytes)
        row.makeChangelogKey(&keyWriter.writer)
        try entryWriter.log(keyWriter, value, at: timestamp, to: sink)
    }

    @inlinable
    func commitUncommitted() {
        for rows in uncommitted {
            for index in min(rows.uncommittedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].state.contains(.uncommitted) {
                if rows.entries[index].commit() { join(unflushedRow: index, of: rows) }
            }
            rows.uncommittedFrom = .max
        }
        uncommitted.removeAll(keepingCapacity: true)
        removedNewest = nil
        committedNewestTime = newestTime
        dropExpired()
    }

    @inlinable
    func join(unflushedRow index: Int, of rows: Rows) {
        if rows.unflushedFrom == .max { unflushed.append(rows) }
        rows.unflushedFrom = min(rows.unflushedFrom, index)
    }

    public func abort() {
        for rows in uncommitted {
            for index in min(rows.uncommittedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].state.contains(.uncommitted) {
                rows.entries[index].abort()
            }
            rows.uncommittedFrom = .max
            rowCount -= rows.removeAll { !$0.isWorthKeeping }
        }
        uncommitted.removeAll(keepingCapacity: true)
        removedNewest = nil
        newestTime = committedNewestTime
    }

    // MARK: Expiry

    /// Gives back the memory of rows that no abort can bring back. A step of store time at a time: it looks at every
    /// group.
    @inlinable
    func dropExpired() {
        guard Row.expires else { return }
        let firstVisible = firstVisible(.committed)
        if firstVisible - sweptBefore >= segmentInterval { sweep(before: firstVisible) }
    }

    @inlinable
    @inline(never)
    func sweep(before firstVisible: Int64) {
        sweptBefore = firstVisible
        var removed = 0
        var dropsIncomplete = false
        _ = table.rebuild { entry in
            guard let rows = entry.value else { return false }
            removed += rows.removeExpired(before: firstVisible)
            if !rows.entries.isEmpty || rows.uncommittedFrom != .max { return true }
            dropsIncomplete = dropsIncomplete || !rows.isComplete
            return false
        }
        rowCount -= removed
        if dropsIncomplete { isComplete = false }
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
        let firstVisible = firstVisible(.committed)
        for rows in unflushed {
            for index in min(rows.unflushedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].state.contains(.unflushed) {
                let row = rows.entries[index].key
                guard isVisible(row, from: firstVisible) else { continue }
                let committed = rows.entries[index].lastCommitted
                try writeStoredKey(rows.group, row)
                try entryWriter.stage(keyWriter, committed, in: &batch)
            }
        }
        try write(&batch, firstVisible: firstVisible)
        for rows in unflushed {
            for index in min(rows.unflushedFrom, rows.entries.count)..<rows.entries.count {
                rows.entries[index].state.remove(.unflushed)
            }
            rows.unflushedFrom = .max
            rowCount -= rows.removeAll { !$0.isWorthKeeping }
        }
        unflushed.removeAll(keepingCapacity: true)
    }

    /// Restored bytes go down as they are; there are no groups yet.
    @usableFromInline
    func flushRestored() throws {
        precondition(table.count == 0, "store \(name): restored bytes under \(table.count) groups")
        let firstVisible = firstVisible(.committed)
        if Row.expires {
            restored.removeAll(before: GroupedKey.bytes(segment: firstVisible / segmentInterval).span.bytes)
        }
        try restored.withBatch { batch in try write(&batch, firstVisible: firstVisible) }
        restored.removeAll()
        isComplete = false
    }

    /// Adds what expired, store time and the offset to the batch, and writes it.
    @usableFromInline
    func write(_ batch: inout ByteBatch, firstVisible: Int64) throws {
        if byteStore.needsCheckpoint(committedEnd) { batch.checkpoint = committedEnd }
        guard !batch.isEmpty || committedNewestTime > storedNewestTime else { return }
        batch.setAttribute(GroupedAttribute.newestTime, committedNewestTime)
        let segment = Row.expires ? firstVisible / segmentInterval : 0
        if segment > droppedBefore {
            batch.deleteRange(
                from: GroupedKey.bytes(segment: droppedBefore).span.bytes,
                to: GroupedKey.bytes(segment: segment).span.bytes)
            batch.setAttribute(GroupedAttribute.droppedSegmentsBefore, segment)
        }
        try byteStore.write(batch)
        droppedBefore = max(droppedBefore, segment)
        storedNewestTime = max(storedNewestTime, committedNewestTime)
    }

    public func close() {
        table = OverlayTable()
        uncommitted = []
        unflushed = []
        removedNewest = nil
        restored.removeAll()
        byteStore.close()
    }
}

extension OverlayEntry {
    /// Whether the entry says something that a complete group without it does not.
    @inlinable var isWorthKeeping: Bool { isDirty || state.contains(.known) && value != nil }
}
