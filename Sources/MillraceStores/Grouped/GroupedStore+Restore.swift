public import MillraceCore

/// Restore, and the memory of a grouped store.
extension GroupedStore {
    public func restore(key: RawSpan, value: RawSpan?, timestamp: Timestamp) throws {
        let (groupRange, row) = try Row.readChangelogKey(key, timestamp: timestamp)
        precondition(newestTime == committedNewestTime, "a changelog record restored over uncommitted writes")
        newestTime = max(newestTime, row.time ?? -1)
        committedNewestTime = newestTime
        guard isVisible(row, from: firstVisible(.committed)) else { return }
        let milliseconds = timestamp.millisecondsSinceEpoch
        if table.count == 0 {
            let keyWriter = keyWriter
            keyWriter.removeAll()
            if Row.expires { keyWriter.writer.append((row.time ?? 0) / segmentInterval) }
            GroupedKey.appendGroup(key.extracting(groupRange), to: &keyWriter.writer)
            row.appendStored(to: &keyWriter.writer)
            restored.put(keyWriter.bytes, value, timestamp: milliseconds)
            return
        }
        let group = try codec.readKey(key.extracting(groupRange))
        restoreEntry(group, row, try codec.readValue(orNil: value), timestamp: milliseconds)
    }

    public func completeRestoredBatch(changelogEnd: Offset) throws {
        committedEnd = changelogEnd
        dropExpired()
        if restored.byteCount > byteStore.restoreBatchBytes { try flush() }
    }

    /// Not through `makeRows`: that absorbs.
    @inlinable
    func restoreEntry(_ group: Group, _ row: Row, _ value: Value?, timestamp: Int64) {
        let rows = find(group) ?? insertGroup(group, hash: OverlayHash.hash(group))
        let index = rows.lowerBound(row)
        if index == rows.entries.count || rows.entries[index].key != row {
            rows.insert(row, at: index)
            rowCount += 1
        }
        if rows.entries[index].restore(value, timestamp: timestamp) { join(unflushedRow: index, of: rows) }
    }

    /// Turns restored bytes into entries, before the first group is made.
    @inlinable
    @inline(never)
    func absorbRestored() throws {
        let firstVisible = firstVisible(.committed)
        try restored.forEach { key, value in
            let (group, row) = try readStoredKey(key)
            guard isVisible(row, from: firstVisible) else { return }
            let (value, timestamp) = try codec.readTimestamped(orNil: value)
            restoreEntry(group, row, value, timestamp: timestamp)
        }
        restored.removeAll()
    }

    // MARK: Memory

    public var overlayByteCount: Int {
        let perEntry = MemoryLayout<Rows.Entry>.stride + entryWriter.bytesPerEntry
        // An object, and the array of its rows.
        return table.byteCount + table.count * 128 + rowCount * perEntry + restored.byteCount
            + (uncommitted.capacity + unflushed.capacity) * MemoryLayout<Rows>.stride
    }

    public func evictClean() {
        var removed = 0
        var dropsClean = false
        _ = table.rebuild { entry in
            guard let rows = entry.value else { return false }
            if rows.isUsed {
                rows.isUsed = false
                return true
            }
            let count = rows.removeAll { !$0.isDirty }
            removed += count
            if count > 0 { rows.isComplete = false }
            if !rows.entries.isEmpty || rows.uncommittedFrom != .max { return true }
            // Also where the clean rows went before the last dirty one.
            dropsClean = dropsClean || !rows.isComplete
            return false
        }
        rowCount -= removed
        if dropsClean { isComplete = false }
    }
}
