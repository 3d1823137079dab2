public import MillraceCore

/// Writes a store's entries: into its changelog, and into the batch for its byte store. How the bytes of a key are put
/// together is the store's affair, all else is the same for every kind. Owned by the store, on its thread.
@usableFromInline
struct EntryWriter<Key, Value> {
    @usableFromInline let codec: StoreCodec<Key, Value>
    @usableFromInline let scratch = ScratchBytes()
    /// Of the changelog's records with a value, and their bytes.
    @usableFromInline var count = 0
    @usableFromInline var byteCount = 0

    @inlinable
    init(_ codec: StoreCodec<Key, Value>) { self.codec = codec }

    /// Appends a record to the changelog; nil is a tombstone.
    @inlinable
    mutating func log(
        _ key: ScratchBytes, _ value: Value?, at timestamp: Timestamp, to sink: any ChangelogSink
    ) throws {
        guard let value else {
            try sink.append(key: key.bytes, value: nil, timestamp: timestamp)
            return
        }
        let scratch = scratch
        scratch.removeAll()
        try codec.writeValue(value, &scratch.writer)
        count &+= 1
        byteCount &+= key.count &+ scratch.count
        try sink.append(key: key.bytes, value: scratch.bytes, timestamp: timestamp)
    }

    /// Adds what was committed last to the batch; nil deletes.
    @inlinable
    func stage(_ key: ScratchBytes, _ committed: (value: Value?, timestamp: Int64), in batch: inout ByteBatch) throws {
        guard let value = committed.value else {
            batch.delete(key.bytes)
            return
        }
        let scratch = scratch
        scratch.removeAll()
        try codec.writeValue(value, &scratch.writer)
        batch.put(key.bytes, scratch.bytes, timestamp: committed.timestamp)
    }

    /// About how many bytes an entry of the overlay has outside its table: those of the records so far, and a little
    /// for where they lie.
    @usableFromInline var bytesPerEntry: Int {
        if _isPOD(Key.self) && _isPOD(Value.self) || count == 0 { return 0 }
        return byteCount / count + 32
    }
}
