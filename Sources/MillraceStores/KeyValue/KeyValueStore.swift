public import MillraceCore

/// Kafka Streams' timestamped key-value store: typed values in an overlay, over a byte store. Keys that are equal under
/// `==` are one key (strings: equal bytes); scans go by the order of serialised key bytes.
///
/// One stream thread owns it. It reads the byte store when a key is first touched, and writes it in `flush` only.
/// The `committed…` methods serve queries: from other threads, under the lock of `StateStore`.
///
///     let before = try counts.value(for: "ada") ?? 0
///     try counts.put("ada", before + 1, at: record.timestamp)
///
/// Every method throws what the serdes throw, and `StoreError` of the byte store.
public final class KeyValueStore<Key: Hashable, Value>: StateStore {
    public let name: String
    @usableFromInline let codec: StoreCodec<Key, Value>
    @usableFromInline let byteStore: any ByteStore
    @exclusivity(unchecked)
    @usableFromInline var table = OverlayTable<Key, Value>()
    /// Entries written since the last commit, in the order of their first write.
    @exclusivity(unchecked)
    @usableFromInline var uncommitted: [Int32] = []
    /// Entries whose committed value is not in the byte store.
    @usableFromInline var unflushed: [Int32] = []
    @usableFromInline var restored = RestoreBuffer()
    /// Whether every key the store has is in the table, so that a miss need not ask the byte store.
    @usableFromInline var isComplete: Bool
    /// The changelog offset that the committed generation stands for.
    @usableFromInline var committedEnd: Offset?
    /// How often writes were committed; a `KeyValueReader` tells by it whether what it keeps is still true.
    @usableFromInline var generation = 0
    /// Held by readers of other threads while they use the scratch bytes below and the byte store's.
    @usableFromInline let storedReads = Monitor(())

    /// The overlay's keys in the order of their bytes; made by the first scan after a flush.
    @usableFromInline var order = OrderedByteMap<Int32>()
    @usableFromInline var orderedUncommitted = 0
    @usableFromInline var orderedUnflushed = 0

    @usableFromInline let keyWriter = ScratchBytes()
    @usableFromInline let valueWriter = ScratchBytes()
    @usableFromInline var batch = ByteBatch()
    @exclusivity(unchecked)
    @usableFromInline var entryWriter: EntryWriter<Key, Value>

    // Made where the types are concrete: reached through a witness, generic code would run unspecialised.
    @usableFromInline let changelogWriter: (KeyValueStore, any ChangelogSink) throws -> Void
    @usableFromInline let committer: (KeyValueStore) -> Void
    @usableFromInline let flusher: (KeyValueStore) throws -> Void

    /// A store over a byte store, which may have contents.
    @inlinable
    public init<KeySerde: Serde<Key>, ValueSerde: Serde<Value>>(
        name: String, byteStore: any ByteStore, keySerde: KeySerde, valueSerde: ValueSerde
    ) {
        self.name = name
        self.byteStore = byteStore
        codec = StoreCodec(keySerde: keySerde, valueSerde: valueSerde)
        entryWriter = EntryWriter(codec)
        isComplete = byteStore.isEmpty
        committedEnd = byteStore.checkpoint
        changelogWriter = { store, sink in try store.writeUncommitted(to: sink) }
        committer = { store in store.commitUncommitted() }
        flusher = { store in try store.flushCommitted() }
    }

    // MARK: Reading

    /// The newest value of `key`.
    @inlinable
    public func get(_ key: Key) throws -> ValueAndTimestamp<Value>? {
        let index = try knownEntry(key)
        guard let value = unsafe table.entries[index].value else { return nil }
        return ValueAndTimestamp(value, at: Timestamp(unsafe table.entries[index].timestamp))
    }

    /// The newest value of `key`, without its timestamp.
    @inlinable
    public func value(for key: Key) throws -> Value? {
        let index = try knownEntry(key)
        return unsafe table.entries[index].value
    }

    /// The value of `key` at the last commit; for queries.
    @inlinable
    public func committedGet(_ key: Key) throws -> ValueAndTimestamp<Value>? {
        if !restored.isEmpty { try absorbRestored() }
        let index = table.find(key, hash: OverlayHash.hash(key))
        let seen = index >= 0 ? unsafe table.entries[index].seen(.committed) : nil
        let (value, timestamp) = try seen ?? readStored(key)
        return value.map { ValueAndTimestamp($0, at: Timestamp(timestamp)) }
    }

    /// About how many keys the store has: cheap, counts pending deletions and rewrites twice.
    public var approximateCount: Int {
        if isComplete { return table.count }
        return byteStore.approximateCount + uncommitted.count + unflushed.count
    }

    // MARK: Writing

    /// Puts a value.
    @inlinable
    public func put(_ key: Key, _ value: Value, at timestamp: Timestamp) throws {
        try write(key, value, at: timestamp)
    }

    /// Puts where the key is absent. Returns the value that was there, as Kafka Streams does.
    @inlinable
    @discardableResult
    public func putIfAbsent(_ key: Key, _ value: Value, at timestamp: Timestamp) throws -> ValueAndTimestamp<Value>? {
        if let present = try get(key) { return present }
        try write(key, value, at: timestamp)
        return nil
    }

    /// Removes the key, and returns what it had. The changelog's tombstone carries `timestamp`.
    @inlinable
    @discardableResult
    public func delete(_ key: Key, at timestamp: Timestamp) throws -> ValueAndTimestamp<Value>? {
        let before = try get(key)
        try write(key, nil, at: timestamp)
        return before
    }

    /// Puts a value, or removes the key where it is nil.
    @inlinable
    public func write(_ key: Key, _ value: consuming Value?, at timestamp: Timestamp) throws {
        let hash = OverlayHash.hash(key)
        var index = table.find(key, hash: hash)
        if index < 0 { index = try addEntry(key, hash: hash) }
        if unsafe table.entries[index].write(value, timestamp: timestamp.millisecondsSinceEpoch) {
            uncommitted.append(Int32(truncatingIfNeeded: index))
        }
    }

    // MARK: Entries

    /// The entry of `key`, loaded from the byte store where it has to be.
    @inlinable
    @inline(__always)
    func knownEntry(_ key: Key) throws -> Int {
        let hash = OverlayHash.hash(key)
        let index = table.find(key, hash: hash)
        if index >= 0, unsafe table.entries[index].state.contains(.known) {
            unsafe table.entries[index].state.insert(.used)
            return index
        }
        return try loadEntry(key, hash: hash, found: index)
    }

    @inlinable
    @inline(never)
    func loadEntry(_ key: Key, hash: UInt32, found: Int) throws -> Int {
        if !restored.isEmpty {
            try absorbRestored()
            let index = table.find(key, hash: hash)
            if index >= 0 { return index }
        }
        let stored = try readStored(key)
        let index = found >= 0 ? found : table.insert(key, hash: hash)
        unsafe table.entries[index].load(stored.value, timestamp: stored.timestamp)
        return index
    }

    /// An entry for a key that has none and is about to be written.
    @inlinable
    @inline(never)
    func addEntry(_ key: Key, hash: UInt32) throws -> Int {
        if !restored.isEmpty {
            try absorbRestored()
            let index = table.find(key, hash: hash)
            if index >= 0 { return index }
        }
        let index = table.insert(key, hash: hash)
        if isComplete { unsafe table.entries[index].load(nil, timestamp: 0) }
        return index
    }

    /// What the byte store holds for `key`.
    @inlinable
    func readStored(_ key: Key) throws -> (value: Value?, timestamp: Int64) {
        if isComplete { return (nil, 0) }
        let keyWriter = keyWriter
        let valueWriter = valueWriter
        keyWriter.removeAll()
        try codec.writeKey(key, &keyWriter.writer)
        valueWriter.removeAll()
        guard try byteStore.get(keyWriter.bytes, into: &valueWriter.writer) else { return (nil, 0) }
        let (value, timestamp) = try codec.readTimestamped(valueWriter.bytes)
        return (value, timestamp)
    }
}
