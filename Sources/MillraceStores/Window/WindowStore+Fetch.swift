public import MillraceCore

/// Reads of a window store over several windows. The order is by window start, then by the bytes of the key; Kafka
/// Streams' RocksDB store orders by segment and key instead, its in-memory store as we do.
extension WindowStore {
    /// The windows of `key` that start from `from` to `to`, both included, in the order of their starts. Costs a seek
    /// for each window that is not in memory.
    @inlinable
    public func fetch(
        _ key: Key, from: Timestamp, to: Timestamp, reversed: Bool = false, view: ReadView = .latest
    ) throws -> [(windowStart: Timestamp, value: ValueAndTimestamp<Value>)] {
        if !restored.isEmpty { try absorbRestored() }
        let first = max(from.millisecondsSinceEpoch, firstVisibleStart(view))
        let last = to.millisecondsSinceEpoch
        var found: [(windowStart: Timestamp, value: ValueAndTimestamp<Value>)] = []
        guard first <= last else { return found }
        for start in try candidateStarts(of: key, from: first, to: last) {
            guard let value = try lookUp(key, windowStart: start, view: view) else { continue }
            found.append((Timestamp(start), value))
        }
        return reversed ? found.reversed() : found
    }

    /// As `fetch`, at the last commit; for queries.
    @inlinable
    public func committedFetch(
        _ key: Key, from: Timestamp, to: Timestamp, reversed: Bool = false
    ) throws -> [(windowStart: Timestamp, value: ValueAndTimestamp<Value>)] {
        try fetch(key, from: from, to: to, reversed: reversed, view: .committed)
    }

    /// Calls `body` for every key of the windows that start from `from` to `to`, both included (nil: no bound), until
    /// it returns false.
    @inlinable
    public func forEach(
        from: Timestamp? = nil, to: Timestamp? = nil, reversed: Bool = false, view: ReadView = .latest,
        _ body: (Key, _ windowStart: Timestamp, ValueAndTimestamp<Value>) throws -> Bool
    ) throws {
        if !restored.isEmpty { try absorbRestored() }
        let first = max(from?.millisecondsSinceEpoch ?? 0, firstVisibleStart(view))
        let last = min(to?.millisecondsSinceEpoch ?? .max, .max - 1)
        guard first <= last else { return }
        let lower = WindowKey.bytes(start: first)
        let upper = WindowKey.bytes(start: last + 1)
        let inMemory = try placesInOrder(from: first, to: last)
        var merge = try MergeScan(
            order: inMemory.order, cursor: byteStore.cursor(from: lower, to: upper, reversed: reversed), lower: lower,
            upper: upper, isReversed: reversed)
        while let place = try merge.next() {
            let seen = place.overlay.flatMap { overlay in
                let entry = inMemory.places[Int(overlay)]
                return unsafe entry.window.table.entries[Int(entry.index)].seen(view)
            }
            if let seen, let overlay = place.overlay {
                guard let value = seen.value else { continue }
                let entry = inMemory.places[Int(overlay)]
                let key = unsafe entry.window.table.entries[Int(entry.index)].key
                let stamped = ValueAndTimestamp(value, at: Timestamp(seen.timestamp))
                if try !body(key, Timestamp(entry.window.start), stamped) { return }
            } else if place.isStored {
                let bytes = merge.storedKey.bytes
                let start = try WindowKey.readStart(bytes)
                let key = try codec.readKey(bytes.extracting(8..<bytes.byteCount))
                let (value, timestamp) = try codec.readTimestamped(merge.storedValue.bytes)
                if try !body(key, Timestamp(start), ValueAndTimestamp(value, at: Timestamp(timestamp))) { return }
            }
        }
    }

    /// Every key of the windows that start from `from` to `to`, both included (nil: no bound).
    @inlinable
    public func fetchAll(
        from: Timestamp? = nil, to: Timestamp? = nil, reversed: Bool = false, view: ReadView = .latest
    ) throws -> [(key: Key, windowStart: Timestamp, value: ValueAndTimestamp<Value>)] {
        var found: [(key: Key, windowStart: Timestamp, value: ValueAndTimestamp<Value>)] = []
        try forEach(from: from, to: to, reversed: reversed, view: view) { key, start, value in
            found.append((key, start, value))
            return true
        }
        return found
    }

    /// All visible windows, in the order of their starts, then of the keys.
    @inlinable
    public func all() throws -> [(key: Key, windowStart: Timestamp, value: ValueAndTimestamp<Value>)] {
        try fetchAll()
    }

    /// As `fetchAll`, at the last commit; for queries.
    @inlinable
    public func committedFetchAll(
        from: Timestamp? = nil, to: Timestamp? = nil, reversed: Bool = false
    ) throws -> [(key: Key, windowStart: Timestamp, value: ValueAndTimestamp<Value>)] {
        try fetchAll(from: from, to: to, reversed: reversed, view: .committed)
    }

    /// Starts of windows that may hold `key`, ascending: those in memory, and those the byte store has it in.
    @inlinable
    func candidateStarts(of key: Key, from first: Int64, to last: Int64) throws -> [Int64] {
        var candidates = Array(starts[placeOfWindow(first)..<placeOfWindow(last == .max ? last : last + 1)])
        if first > storedNewestStart { return candidates }
        keyWriter.removeAll()
        try codec.writeKey(key, &keyWriter.writer)
        candidates += try storedStarts(ofKey: keyWriter.copyBytes(), from: first, to: last)
        candidates.sort()
        var unique: [Int64] = []
        for start in candidates where unique.last != start { unique.append(start) }
        return unique
    }

    /// Skips from window to window: each seek lands on the key, or tells the next window there is.
    @usableFromInline
    func storedStarts(ofKey key: [UInt8], from first: Int64, to last: Int64) throws -> [Int64] {
        let lower = WindowKey.bytes(start: first)
        let upper = last == .max ? nil : WindowKey.bytes(start: last + 1)
        let cursor = try byteStore.cursor(from: lower, to: upper, reversed: false)
        var found: [Int64] = []
        var target = first
        var stored = ByteWriter()
        var value = ByteWriter()
        while true {
            cursor.seek((WindowKey.bytes(start: target) + key).span.bytes)
            guard try cursor.next(key: &stored, value: &value) else { return found }
            let start = try WindowKey.readStart(stored.bytes)
            let isKey = stored.bytes.extracting(8..<stored.count).elementsEqual(key.span.bytes)
            if isKey { found.append(start) }
            // Landed in a later window: look there, unless it was found there already.
            if start == .max { return found }
            target = start > target && !isKey ? start : start + 1
        }
    }

    /// The dirty entries of some windows in the order of their byte store keys, with their places.
    @inlinable
    func placesInOrder(from first: Int64, to last: Int64) throws -> (
        order: OrderedByteMap<Int32>, places: [Window.Place]
    ) {
        var order = OrderedByteMap<Int32>()
        var places: [Window.Place] = []
        let afterLast = last == .max ? windows.count : placeOfWindow(last + 1)
        for window in windows[placeOfWindow(first)..<afterLast] {
            for index in 0..<window.table.count {
                let state = unsafe window.table.entries[index].state
                guard state.contains(.uncommitted) || state.contains(.unflushed) else { continue }
                keyWriter.removeAll()
                keyWriter.writer.append(window.start)
                try codec.writeKey(unsafe window.table.entries[index].key, &keyWriter.writer)
                order.set(keyWriter.copyBytes(), to: Int32(places.count))
                places.append(Window.Place(window, Int32(truncatingIfNeeded: index)))
            }
        }
        return (order, places)
    }
}
