/// A serde whose bytes sort as its values do, so that a range of keys is the range a person expects (SEMANTICS I10).
///
///     Stores.keyValue("readings", keySerde: .ordered(.int64), valueSerde: .double)      // … -2, -1, 0, 1 …
///     Stores.keyValue("by time", keySerde: .ordered(.string, .timestamp), valueSerde: .string)
///
/// The plain `.int64`, `.double` and `.uuid` are Kafka's forms and stay the default: other clients read them, but
/// negative numbers sort behind positive ones. Topics that both kinds of program read need the plain form. Pure.
public protocol OrderedSerde<Value>: Serde {
    /// How many bytes each value takes; nil where that depends on the value. Within a pair such values are escaped.
    var fixedByteCount: Int? { get }
}

/// Integers, big-endian, with the sign bit turned over, so that negative ones sort first. Pure.
public struct OrderedIntegerSerde<Value: FixedWidthInteger & BitwiseCopyable & Sendable>: OrderedSerde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    /// As many as the integer has.
    @inlinable public var fixedByteCount: Int? { MemoryLayout<Value>.size }

    /// Zero for unsigned integers, which need nothing done.
    @inlinable static var signBit: Value { Value.isSigned ? 1 &<< Value(Value.bitWidth &- 1) : 0 }

    @inlinable
    public func serialize(_ value: Value, into writer: inout ByteWriter) { writer.append(value ^ Self.signBit) }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Value {
        try IntegerSerde<Value>().deserialize(bytes) ^ Self.signBit
    }
}

/// Doubles: IEEE 754 with the sign bit turned over, of negative ones all bits. -0 becomes 0, which it equals. Pure.
public struct OrderedDoubleSerde: OrderedSerde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    /// Eight.
    @inlinable public var fixedByteCount: Int? { 8 }

    /// - Throws: `SerdeError` for NaN, which is neither less than, equal to nor greater than anything.
    @inlinable
    public func serialize(_ value: Double, into writer: inout ByteWriter) throws {
        if value.isNaN { throw SerdeError("NaN has no place in an order") }
        let bits = value == 0 ? 0 : value.bitPattern
        writer.append(bits >> 63 == 1 ? ~bits : bits ^ (1 &<< 63))
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Double {
        guard bytes.byteCount == 8 else {
            throw SerdeError("a double of 8 bytes cannot be read from \(bytes.byteCount)")
        }
        var reader = ByteReader()
        let bits = try reader.read(UInt64.self, from: bytes)
        return Double(bitPattern: bits >> 63 == 1 ? bits ^ (1 &<< 63) : ~bits)
    }
}

/// Timestamps in milliseconds, eight bytes that sort by time, also before the epoch. Pure.
public struct TimestampSerde: OrderedSerde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    /// Eight.
    @inlinable public var fixedByteCount: Int? { 8 }

    @inlinable
    public func serialize(_ value: Timestamp, into writer: inout ByteWriter) {
        OrderedIntegerSerde<Int64>().serialize(value.millisecondsSinceEpoch, into: &writer)
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Timestamp {
        Timestamp(try OrderedIntegerSerde<Int64>().deserialize(bytes))
    }
}

/// UTF-8 sorts by Unicode scalars, as `Array(text.unicodeScalars)` would; no language's alphabet.
extension StringSerde: OrderedSerde {
    /// Nil: texts differ in length.
    @inlinable public var fixedByteCount: Int? { nil }
}

extension Serde {
    /// Integers whose bytes sort by value.
    @inlinable
    public static func ordered<Integer>(
        _ plain: IntegerSerde<Integer>
    ) -> Self where Self == OrderedIntegerSerde<Integer> { OrderedIntegerSerde() }

    /// Two keys in one, sorted by the first and then by the second.
    @inlinable
    public static func ordered<First: OrderedSerde, Second: OrderedSerde>(
        _ first: First, _ second: Second
    ) -> Self where Self == OrderedPairSerde<First, Second> { OrderedPairSerde(first, second) }
}

extension Serde where Self == OrderedDoubleSerde {
    /// Doubles whose bytes sort by value.
    @inlinable public static func ordered(_ plain: DoubleSerde) -> OrderedDoubleSerde { OrderedDoubleSerde() }
}

extension Serde where Self == StringSerde {
    /// UTF-8 text; its bytes sort by Unicode scalars already.
    @inlinable public static func ordered(_ plain: StringSerde) -> StringSerde { plain }
}

extension Serde where Self == TimestampSerde {
    /// Eight bytes that sort by time.
    @inlinable public static var timestamp: TimestampSerde { TimestampSerde() }
}
