/// Big-endian two's complement, as Kafka's `IntegerSerializer` and `LongSerializer`. Their byte order is not their
/// numeric order where numbers are negative (SEMANTICS I10). Pure.
public struct IntegerSerde<Value: FixedWidthInteger & BitwiseCopyable & Sendable>: Serde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    @inlinable
    public func serialize(_ value: Value, into writer: inout ByteWriter) { writer.append(value) }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard bytes.byteCount == size else {
            throw SerdeError("an integer of \(size) bytes cannot be read from \(bytes.byteCount)")
        }
        var reader = ByteReader()
        return try reader.read(Value.self, from: bytes)
    }
}

/// IEEE 754, big-endian, as Kafka's `DoubleSerializer`. Pure.
public struct DoubleSerde: Serde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    @inlinable
    public func serialize(_ value: Double, into writer: inout ByteWriter) { writer.append(value.bitPattern) }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Double {
        guard bytes.byteCount == 8 else {
            throw SerdeError("a double of 8 bytes cannot be read from \(bytes.byteCount)")
        }
        var reader = ByteReader()
        return Double(bitPattern: try reader.read(UInt64.self, from: bytes))
    }
}

extension Serde where Self == IntegerSerde<Int32> {
    /// 4 bytes, big-endian (Kafka's `Serdes.Integer()`).
    @inlinable public static var int32: IntegerSerde<Int32> { IntegerSerde() }
}

extension Serde where Self == IntegerSerde<Int64> {
    /// 8 bytes, big-endian (Kafka's `Serdes.Long()`).
    @inlinable public static var int64: IntegerSerde<Int64> { IntegerSerde() }
}

extension Serde where Self == DoubleSerde {
    /// 8 bytes, big-endian (Kafka's `Serdes.Double()`).
    @inlinable public static var double: DoubleSerde { DoubleSerde() }
}
