public import MillraceStores

/// The rows that a suppressed table holds back in one task: in a store, where they outlive a crash, and in an index
/// that knows the order in which they leave. A row keeps the place that its first update gave it (NOTES 11). Owned by
/// `SuppressOperator`, on the task's thread.
@usableFromInline
final class SuppressBuffer<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline let store: KeyValueStore<Key, SuppressedRow<Value>>
    @usableFromInline let keySerde: AnySerde<Key>
    /// Nil where bytes are not bounded, and nobody measures.
    @usableFromInline let measuringSerde: SuppressedRowSerde<Value>?
    @exclusivity(unchecked)
    @usableFromInline var index = TimeOrderedIndex<Key>()
    /// Bytes of keys and rows, where they are measured.
    @exclusivity(unchecked)
    @usableFromInline var byteCount = 0
    /// No held row has a lower timestamp; not exact until nothing is held.
    @exclusivity(unchecked)
    @usableFromInline var lowestTimestamp: Int64 = .max
    @exclusivity(unchecked)
    @usableFromInline var scratch = ByteWriter()

    @inlinable
    init(
        _ store: KeyValueStore<Key, SuppressedRow<Value>>, key: AnySerde<Key>, measuring: SuppressedRowSerde<Value>?
    ) {
        self.store = store
        keySerde = key
        measuringSerde = measuring
    }

    @inlinable var count: Int { index.count }

    /// Makes the index anew from the store. Reads all of it.
    @inlinable
    func rebuild() throws {
        index = TimeOrderedIndex()
        byteCount = 0
        lowestTimestamp = .max
        try store.forEach { key, row in
            let bytes = try keyBytes(key)
            index.insert(key, time: row.value.orderTime, key: bytes)
            byteCount += bytes.count + row.value.byteCount
            lowestTimestamp = min(lowestTimestamp, row.timestamp.millisecondsSinceEpoch)
            return true
        }
    }

    /// Holds an update of `key` back.
    /// - Parameter orderTime: its place, if nothing of the key is held yet.
    @inlinable
    func hold(
        _ key: Key, _ change: Change<Value>, orderTime: Int64, keepsOld: Bool, of record: Record<Key, Change<Value>>
    )
        throws
    {
        lowestTimestamp = min(lowestTimestamp, record.timestamp.millisecondsSinceEpoch)
        let old = keepsOld ? change.old : nil
        if var row = try store.value(for: key) {
            byteCount -= row.byteCount
            row.new = change.new
            row.old = old
            row.headers = record.headers
            try measure(&row)
            try store.put(key, row, at: record.timestamp)
            return
        }
        var row = SuppressedRow(
            orderTime: orderTime, new: change.new, old: old, told: change.old, headers: record.headers)
        let bytes = try keyBytes(key)
        try measure(&row)
        if measuringSerde != nil { byteCount += bytes.count }
        try store.put(key, row, at: record.timestamp)
        index.insert(key, time: orderTime, key: bytes)
    }

    /// The row that leaves first.
    @inlinable
    func firstRow() throws -> (key: Key, row: ValueAndTimestamp<SuppressedRow<Value>>)? {
        while let entry = index.first {
            if let row = try store.get(entry.element) { return (entry.element, row) }
            index.removeFirst()
        }
        return nil
    }

    /// Lets the first row go.
    @inlinable
    func removeFirst(_ row: ValueAndTimestamp<SuppressedRow<Value>>) throws {
        guard let entry = index.removeFirst() else { return }
        if index.isEmpty { lowestTimestamp = .max }
        try store.delete(entry.element, at: row.timestamp)
        if measuringSerde != nil { byteCount -= entry.key.count + row.value.byteCount }
    }

    @inlinable
    func measure(_ row: inout SuppressedRow<Value>) throws {
        guard let measuringSerde else { return }
        scratch.removeAll()
        try measuringSerde.serialize(row, into: &scratch)
        row.byteCount = scratch.count
        byteCount += row.byteCount
    }

    @inlinable
    func keyBytes(_ key: Key) throws -> [UInt8] {
        scratch.removeAll()
        try keySerde.serialize(key, into: &scratch)
        return scratch.copyBytes()
    }
}
