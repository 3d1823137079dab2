public import MillraceCore

/// Ordered reads of a grouped store.
extension GroupedStore {
    /// More rows of a group than these are read from the byte store each time.
    @usableFromInline static var loadedRowsMaximum: Int { 4_096 }

    /// Calls `body` for the rows of a group from `from` to `to`, both included (nil: no bound), in their order, until
    /// it returns false. `body` must not write the group. Reads the group's rows from the byte store the first time.
    @inlinable
    public func forEach(
        in group: Group, from: Row? = nil, to: Row? = nil, reversed: Bool = false, view: ReadView = .latest,
        _ body: (Row, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        let rows: Rows?
        if view == .latest {
            rows = try knownGroup(group)
            if rows == nil { return }
        } else {
            if !restored.isEmpty { try absorbRestored() }
            rows = find(group)
            if rows == nil && isComplete { return }
        }
        guard let rows, rows.isComplete else {
            try mergeEach(of: group, rows, from: from, to: to, reversed: reversed, view: view, body)
            return
        }
        let firstVisible = firstVisible(view)
        let start = from.map { rows.lowerBound($0) } ?? 0
        let end = to.map { rows.upperBound($0) } ?? rows.entries.count
        var index = reversed ? end &- 1 : start
        while reversed ? index >= start : index < end {
            let row = rows.entries[index].key
            if isVisible(row, from: firstVisible), let (value, timestamp) = rows.entries[index].seen(view), let value {
                if try !body(row, ValueAndTimestamp(value, at: Timestamp(timestamp))) { return }
            }
            index &+= reversed ? -1 : 1
        }
    }

    /// The rows of a group from `from` to `to`, both included (nil: no bound), in their order.
    @inlinable
    public func rows(
        in group: Group, from: Row? = nil, to: Row? = nil, reversed: Bool = false, view: ReadView = .latest
    ) throws -> [(row: Row, value: ValueAndTimestamp<Value>)] {
        var found: [(row: Row, value: ValueAndTimestamp<Value>)] = []
        try forEach(in: group, from: from, to: to, reversed: reversed, view: view) { row, value in
            found.append((row, value))
            return true
        }
        return found
    }

    /// Calls `body` for the rows of all groups, until it returns false: in the order of the byte store's keys, that is
    /// by segment (where rows expire; `GroupedKey`), then by the group's bytes, then by row.
    /// - Parameters:
    ///   - from: the least time of rows that expire, nil: no bound. Other rows are not bounded by time.
    ///   - to: their greatest time.
    ///   - position: goes on behind this row. Not with `reversed`.
    ///   - body: called for each, in order.
    ///   - reversed: from the last to the first.
    ///   - view: which generation to read.
    @inlinable
    public func forEach(
        fromTime from: Timestamp? = nil, toTime to: Timestamp? = nil, after position: (group: Group, row: Row)? = nil,
        reversed: Bool = false, view: ReadView = .latest, _ body: (Group, Row, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        if !restored.isEmpty { try absorbRestored() }
        let first = max(from?.millisecondsSinceEpoch ?? .min, firstVisible(view))
        let last = to?.millisecondsSinceEpoch ?? .max
        guard first <= last else { return }
        let (order, places) = try dirtyRowsInOrder()
        precondition(position == nil || !reversed, "store \(name): a reversed scan from a position")
        var lower = Row.expires ? GroupedKey.bytes(segment: first / segmentInterval) : nil
        if let position {
            try writeStoredKey(position.group, position.row)
            lower = keyWriter.copyBytes() + [0]
        }
        let upper = Row.expires ? GroupedKey.bytes(segment: last / segmentInterval + 1) : nil
        var merge = try MergeScan(
            order: order, cursor: byteStore.cursor(from: lower, to: upper, reversed: reversed), lower: lower,
            upper: upper, isReversed: reversed)
        while let place = try merge.next() {
            let overlay = place.overlay.map { places[Int($0)] }
            let seen = overlay.flatMap { $0.rows.entries[$0.index].seen(view) }
            if let seen, let overlay {
                let row = overlay.rows.entries[overlay.index].key
                guard let value = seen.value, isVisible(row, from: first), isInTime(row, to: last) else { continue }
                if try !body(overlay.rows.group, row, ValueAndTimestamp(value, at: Timestamp(seen.timestamp))) {
                    return
                }
            } else if place.isStored {
                let (group, row) = try readStoredKey(merge.storedKey.bytes)
                guard isVisible(row, from: first), isInTime(row, to: last) else { continue }
                let (value, timestamp) = try codec.readTimestamped(merge.storedValue.bytes)
                if try !body(group, row, ValueAndTimestamp(value, at: Timestamp(timestamp))) { return }
            }
        }
    }

    @inlinable
    func isInTime(_ row: Row, to last: Int64) -> Bool { !Row.expires || (row.time ?? 0) <= last }

    /// The dirty rows of all groups in the order of their byte store keys, with their places.
    @inlinable
    func dirtyRowsInOrder() throws -> (order: OrderedByteMap<Int32>, places: [(rows: Rows, index: Int)]) {
        var order = OrderedByteMap<Int32>()
        var places: [(rows: Rows, index: Int)] = []
        for rows in unflushed + uncommitted {
            for index in min(rows.uncommittedFrom, rows.unflushedFrom, rows.entries.count)..<rows.entries.count
            where rows.entries[index].isDirty {
                try writeStoredKey(rows.group, rows.entries[index].key)
                order.set(keyWriter.copyBytes(), to: Int32(places.count))
                places.append((rows, index))
            }
        }
        return (order, places)
    }

    // MARK: Byte store

    /// Merges what is in memory of a group with the byte store, segment by segment.
    @inlinable
    @inline(never)
    func mergeEach(
        of group: Group, _ rows: Rows?, from: Row?, to: Row?, reversed: Bool, view: ReadView,
        _ body: (Row, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        var order = OrderedByteMap<Int32>()
        let entryCount = rows?.entries.count ?? 0
        for index in 0..<entryCount {
            guard let row = rows?.entries[index].key else { continue }
            if let from, row < from { continue }
            if let to, to < row { continue }
            try writeStoredKey(group, row)
            order.set(keyWriter.copyBytes(), to: Int32(index))
        }
        let first = firstVisible(view)
        var segments = storedSegments(
            from: max(first, from?.time ?? first), to: max(to?.time ?? .max, 0), atLeast: rows?.entries)
        if reversed { segments.reverse() }
        for segment in segments {
            let (lower, upper) = try storedBounds(of: group, segment: segment, from: from, to: to)
            var merge = try MergeScan(
                order: order, cursor: byteStore.cursor(from: lower, to: upper, reversed: reversed), lower: lower,
                upper: upper, isReversed: reversed)
            while let place = try merge.next() {
                let entry = place.overlay.flatMap { rows?.entries[Int($0)] }
                if let entry, let (value, timestamp) = entry.seen(view) {
                    guard let value, isVisible(entry.key, from: first) else { continue }
                    if try !body(entry.key, ValueAndTimestamp(value, at: Timestamp(timestamp))) { return }
                } else if place.isStored {
                    let (_, row) = try readStoredKey(merge.storedKey.bytes)
                    guard isVisible(row, from: first) else { continue }
                    let (value, timestamp) = try codec.readTimestamped(merge.storedValue.bytes)
                    if try !body(row, ValueAndTimestamp(value, at: Timestamp(timestamp))) { return }
                }
            }
        }
    }

    /// The segments that may hold rows of a stretch of time; 0 where rows do not expire.
    @inlinable
    func storedSegments(from first: Int64, to last: Int64, atLeast entries: [Rows.Entry]? = nil) -> [Int64] {
        if !Row.expires { return [0] }
        let newest = max(storedNewestTime, entries?.last?.key.time ?? -1)
        let end = min(last, newest)
        guard first <= end else { return [] }
        return Array(max(first, 0) / segmentInterval...end / segmentInterval)
    }

    /// The byte store's keys of a group in a segment, from the first to the one after the last.
    @inlinable
    func storedBounds(
        of group: Group, segment: Int64, from: Row? = nil, to: Row? = nil
    ) throws -> (lower: [UInt8], upper: [UInt8]?) {
        try writeStoredPrefix(group, segment: segment)
        let prefix = keyWriter.count
        from?.appendStored(to: &keyWriter.writer)
        let lower = keyWriter.copyBytes()
        keyWriter.writer.truncate(to: prefix)
        guard let to else { return (lower, ByteOrder.end(ofPrefix: keyWriter.copyBytes())) }
        to.appendStored(to: &keyWriter.writer)
        keyWriter.writer.append(UInt8(0))
        return (lower, keyWriter.copyBytes())
    }

    /// Takes the group's rows into the overlay.
    @inlinable
    func load(_ rows: Rows) throws {
        var loaded: [(row: Row, value: Value, timestamp: Int64)] = []
        var key = ByteWriter()
        var value = ByteWriter()
        let first = firstVisible(.committed)
        for segment in storedSegments(from: first, to: .max) {
            let (lower, upper) = try storedBounds(of: rows.group, segment: segment)
            let cursor = try byteStore.cursor(from: lower, to: upper, reversed: false)
            while try cursor.next(key: &key, value: &value) {
                let (_, row) = try readStoredKey(key.bytes)
                guard isVisible(row, from: first) else { continue }
                if loaded.count == Self.loadedRowsMaximum {
                    rows.isLarge = true
                    return
                }
                let (decoded, timestamp) = try codec.readTimestamped(value.bytes)
                loaded.append((row, decoded, timestamp))
            }
        }
        merge(loaded, into: rows)
    }

    @inlinable
    func merge(_ loaded: [(row: Row, value: Value, timestamp: Int64)], into rows: Rows) {
        for stored in loaded {
            let index = rows.lowerBound(stored.row)
            if index == rows.entries.count || rows.entries[index].key != stored.row {
                rows.insert(stored.row, at: index)
                rowCount += 1
            }
            rows.entries[index].take(stored.value, timestamp: stored.timestamp)
        }
        // What the byte store has not: blind writes learn that nothing was there.
        for index in rows.entries.indices { rows.entries[index].take(nil, timestamp: 0) }
        rows.isComplete = true
    }

    /// What the byte store holds of a row.
    @inlinable
    func readStored(_ group: Group, _ row: Row) throws -> ValueAndTimestamp<Value>? {
        let keyWriter = keyWriter
        let valueWriter = valueWriter
        try writeStoredKey(group, row)
        valueWriter.removeAll()
        guard try byteStore.get(keyWriter.bytes, into: &valueWriter.writer) else { return nil }
        let (value, timestamp) = try codec.readTimestamped(valueWriter.bytes)
        return ValueAndTimestamp(value, at: Timestamp(timestamp))
    }

    // MARK: Keys

    /// Leaves the byte store's key of a row in `keyWriter`.
    @inlinable
    func writeStoredKey(_ group: Group, _ row: Row) throws {
        try writeStoredPrefix(group, segment: Row.expires ? (row.time ?? 0) / segmentInterval : 0)
        row.appendStored(to: &keyWriter.writer)
    }

    @inlinable
    func writeStoredPrefix(_ group: Group, segment: Int64) throws {
        let groupWriter = groupWriter
        let keyWriter = keyWriter
        groupWriter.removeAll()
        try codec.writeKey(group, &groupWriter.writer)
        keyWriter.removeAll()
        if Row.expires { keyWriter.writer.append(segment) }
        GroupedKey.appendGroup(groupWriter.bytes, to: &keyWriter.writer)
    }

    @inlinable
    func readStoredKey(_ bytes: RawSpan) throws -> (group: Group, row: Row) {
        let groupWriter = groupWriter
        let rowStart = try GroupedKey.readGroup(bytes, from: Row.expires ? 8 : 0, into: &groupWriter.writer)
        let row = try Row.readStored(bytes.extracting(rowStart..<bytes.byteCount))
        return (try codec.readKey(groupWriter.bytes), row)
    }
}

extension OverlayEntry {
    @inlinable var isDirty: Bool { state.contains(.uncommitted) || state.contains(.unflushed) }

    /// Takes in what the byte store holds, where the entry does not know it.
    @inlinable
    mutating func take(_ stored: consuming Value?, timestamp: Int64) {
        if !state.contains(.known) {
            load(stored, timestamp: timestamp)
        } else if state.contains(.uncommitted) && !state.contains(.undoKnown) {
            loadUndo(stored, timestamp: timestamp)
        }
    }
}
