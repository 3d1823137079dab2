public import MillraceCore

/// How a store turns its keys and values into bytes: closures over the serdes, made where both types are concrete, so
/// that they are specialised there. Called on the thread that owns the store.
public struct StoreCodec<Key, Value> {
    @usableFromInline let writeKey: (Key, inout ByteWriter) throws -> Void
    @usableFromInline let readKey: (RawSpan) throws -> Key
    @usableFromInline let writeValue: (Value, inout ByteWriter) throws -> Void
    @usableFromInline let readValue: (RawSpan) throws -> Value

    /// Wraps the two serdes.
    @inlinable
    public init<KeySerde: Serde<Key>, ValueSerde: Serde<Value>>(keySerde: KeySerde, valueSerde: ValueSerde) {
        writeKey = { key, writer in try keySerde.serialize(key, into: &writer) }
        readKey = { bytes in try keySerde.deserialize(bytes) }
        writeValue = { value, writer in try valueSerde.serialize(value, into: &writer) }
        readValue = { bytes in try valueSerde.deserialize(bytes) }
    }

    /// Reads what a byte store holds for a key: eight bytes of timestamp, then the value.
    @inlinable
    func readTimestamped(_ bytes: RawSpan) throws -> (value: Value, timestamp: Int64) {
        var reader = ByteReader()
        guard let timestamp = try? reader.read(Int64.self, from: bytes) else {
            throw StoreError(.corrupt, "a stored value of \(bytes.byteCount) bytes has no timestamp")
        }
        return (try readValue(bytes.extracting(8..<bytes.byteCount)), timestamp)
    }

    /// The same; nil, a deletion, without a time.
    @inlinable
    func readTimestamped(orNil bytes: RawSpan?) throws -> (value: Value?, timestamp: Int64) {
        guard let bytes else { return (nil, 0) }
        let (value, timestamp) = try readTimestamped(bytes)
        return (value, timestamp)
    }

    /// Reads a value of the changelog; nil is a deletion.
    @inlinable
    func readValue(orNil bytes: RawSpan?) throws -> Value? {
        guard let bytes else { return nil }
        return try readValue(bytes)
    }
}
