public import MillraceStores

/// A stream's record that waits for the table it is joined with. Its timestamp is the store's.
@usableFromInline
struct WaitingRecord<Value> {
    @usableFromInline var value: Value
    @usableFromInline var headers: Headers

    @inlinable
    init(_ value: Value, _ headers: Headers) {
        self.value = value
        self.headers = headers
    }
}

extension WaitingRecord: Sendable where Value: Sendable {}

/// The form of a `WaitingRecord` in its store and changelog, numbers big-endian:
///
///     version   UInt8   1
///     length    UInt32  of the value
///     value
///     headers   `HeadersForm`; left out where there are none
///
/// Pure.
@usableFromInline
struct WaitingRecordSerde<Value>: Serde {
    @usableFromInline let inner: AnySerde<Value>

    @usableFromInline
    init(_ inner: AnySerde<Value>) { self.inner = inner }

    @inlinable
    func serialize(_ record: WaitingRecord<Value>, into writer: inout ByteWriter) throws {
        writer.append(UInt8(1))
        let start = writer.count
        writer.append(UInt32(0))
        try inner.serialize(record.value, into: &writer)
        writer.overwrite(at: start, UInt32(writer.count - start - 4))
        if !record.headers.isEmpty { HeadersForm.append(record.headers, to: &writer) }
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> WaitingRecord<Value> {
        var reader = ByteReader()
        let version = try reader.read(UInt8.self, from: bytes)
        guard version == 1 else { throw SerdeError("a waiting record of the unknown version \(version)") }
        let length = Int(try reader.read(UInt32.self, from: bytes))
        let value = try inner.deserialize(bytes.extracting(try reader.readRange(length, from: bytes)))
        let headers = reader.position < bytes.byteCount ? try HeadersForm.read(from: bytes, &reader) : .empty
        return WaitingRecord(value, headers)
    }
}

/// What a waiting record is called: several may have the same key and time. In bytes: time, 8; key; number, 8, all
/// big-endian, which is the order in which they leave.
@usableFromInline
struct WaitingKey<Key: Hashable>: Hashable {
    @usableFromInline let time: Int64
    @usableFromInline let key: Key
    /// In order of arrival.
    @usableFromInline let number: Int64

    @inlinable
    init(time: Int64, key: Key, number: Int64) {
        self.time = time
        self.key = key
        self.number = number
    }
}

extension WaitingKey: Sendable where Key: Sendable {}

@usableFromInline
struct WaitingKeySerde<Key: Hashable>: Serde {
    @usableFromInline let inner: AnySerde<Key>

    @usableFromInline
    init(_ inner: AnySerde<Key>) { self.inner = inner }

    @inlinable
    func serialize(_ key: WaitingKey<Key>, into writer: inout ByteWriter) throws {
        writer.append(key.time)
        try inner.serialize(key.key, into: &writer)
        writer.append(key.number)
    }

    @inlinable
    func deserialize(_ bytes: RawSpan) throws -> WaitingKey<Key> {
        guard bytes.byteCount >= 16 else { throw SerdeError("\(bytes.byteCount) bytes name no waiting record") }
        var reader = ByteReader()
        let time = try reader.read(Int64.self, from: bytes)
        let end = bytes.byteCount - 8
        let key = try inner.deserialize(bytes.extracting(8..<end))
        _ = try reader.readRange(end - 8, from: bytes)
        return WaitingKey(time: time, key: key, number: try reader.read(Int64.self, from: bytes))
    }
}

/// The records of a stream that wait for a table (KIP-923): in a store, where they outlive a crash, and in an index
/// that knows the order in which they leave: by time, then by the key's bytes, then as they came. Owned by the join, on
/// the task's thread.
@usableFromInline
final class JoinBuffer<Key: Hashable & Sendable, Value> {
    @usableFromInline typealias Store = KeyValueStore<WaitingKey<Key>, WaitingRecord<Value>>
    @usableFromInline let store: Store
    @usableFromInline let keySerde: AnySerde<Key>
    @exclusivity(unchecked)
    @usableFromInline var index = TimeOrderedIndex<WaitingKey<Key>>()
    @exclusivity(unchecked)
    @usableFromInline var nextNumber: Int64 = 0
    @exclusivity(unchecked)
    @usableFromInline var scratch = ByteWriter()

    @inlinable
    init(_ store: Store, key: AnySerde<Key>) {
        self.store = store
        keySerde = key
    }

    /// Makes the index anew from the store. Reads all of it.
    @inlinable
    func rebuild() throws {
        index = TimeOrderedIndex()
        nextNumber = 0
        try store.forEach { key, _ in
            index.insert(key, time: key.time, key: try place(of: key))
            nextNumber = max(nextNumber, key.number &+ 1)
            return true
        }
    }

    @inlinable
    func hold(_ key: Key, _ value: Value, of record: Record<Key, Value>) throws {
        let waiting = WaitingKey(
            time: record.timestamp.millisecondsSinceEpoch, key: key, number: nextNumber)
        nextNumber &+= 1
        try store.put(waiting, WaitingRecord(value, record.headers), at: record.timestamp)
        index.insert(waiting, time: waiting.time, key: try place(of: waiting))
    }

    /// Takes out the first record if its time is not after `time`.
    @inlinable
    func takeFirst(upTo time: Int64) throws -> (record: Record<Key, Value>, value: Value)? {
        while let first = index.firstTime, first <= time, let entry = index.removeFirst() {
            let waiting = entry.element
            let timestamp = Timestamp(waiting.time)
            guard let held = try store.delete(waiting, at: timestamp)?.value else { continue }
            let record = Record(key: waiting.key, value: held.value, timestamp: timestamp, headers: held.headers)
            return (record, held.value)
        }
        return nil
    }

    @inlinable
    func place(of waiting: WaitingKey<Key>) throws -> [UInt8] {
        scratch.removeAll()
        try keySerde.serialize(waiting.key, into: &scratch)
        scratch.append(waiting.number)
        return scratch.copyBytes()
    }
}
