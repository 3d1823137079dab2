public import MillraceCore

/// Reads a key-value store that another thread owns and writes: a global table's, read by all tasks.
///
/// Many readers of many threads may read one store at a time, each with a reader of its own, as long as the store's
/// owner does nothing with it meanwhile; whoever makes readers sees to that (a task holds a shared lock over a slice
/// of records). A key in the overlay is found without a lock. What has to be read from the byte store is kept here
/// until the store's next commit, so that a hot key is decoded once.
public final class KeyValueReader<Key: Hashable, Value> {
    /// Rows kept at most.
    @usableFromInline static var rowsMaximum: Int { 16_384 }
    @usableFromInline let store: KeyValueStore<Key, Value>
    /// Rows of the byte store, as of `generation`.
    @exclusivity(unchecked)
    @usableFromInline var rows = OverlayTable<Key, Value>()
    @exclusivity(unchecked)
    @usableFromInline var generation: Int

    /// A reader for one thread.
    @inlinable
    public init(of store: KeyValueStore<Key, Value>) {
        self.store = store
        generation = store.generation
    }

    /// The newest value of `key`.
    /// - Throws: what the serdes throw, and `StoreError` of the byte store.
    @inlinable
    public func get(_ key: Key) throws -> ValueAndTimestamp<Value>? {
        let hash = OverlayHash.hash(key)
        let index = store.table.find(key, hash: hash)
        if index >= 0, let seen = unsafe store.table.entries[index].seen(.latest) {
            return seen.value.map { ValueAndTimestamp($0, at: Timestamp(seen.timestamp)) }
        }
        return store.isComplete ? nil : try getStored(key, hash: hash)
    }

    @inlinable
    @inline(never)
    func getStored(_ key: Key, hash: UInt32) throws -> ValueAndTimestamp<Value>? {
        if generation != store.generation || rows.count >= Self.rowsMaximum {
            rows = OverlayTable()
            generation = store.generation
        }
        var index = rows.find(key, hash: hash)
        if index < 0 {
            let stored = try store.storedReads.withLock { _ in try store.readStored(key) }
            index = rows.insert(key, hash: hash)
            unsafe rows.entries[index].load(stored.value, timestamp: stored.timestamp)
        }
        let timestamp = unsafe rows.entries[index].timestamp
        return unsafe rows.entries[index].value.map { ValueAndTimestamp($0, at: Timestamp(timestamp)) }
    }
}
