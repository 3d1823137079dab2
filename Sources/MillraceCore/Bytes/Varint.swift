/// Kafka's variable-length integers: base 128, least significant group first; signed ones are zig-zag coded
/// so that small negative numbers stay short (Kafka protocol guide, "Varints").
public enum Varint {
    /// Most bytes an `Int32` takes.
    public static let maxBytes32 = 5
    /// Most bytes an `Int64` takes.
    public static let maxBytes64 = 10

    @inlinable
    public static func zigZag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
    }

    @inlinable
    public static func unZigZag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// How many bytes `value` takes as a signed varint or varlong.
    @inlinable
    public static func size(_ value: Int64) -> Int {
        let bits = 64 - (zigZag(value) | 1).leadingZeroBitCount
        return (bits + 6) / 7
    }
}

extension ByteWriter {
    /// Appends an unsigned varint.
    @inlinable
    public mutating func append(unsignedVarint value: UInt64) {
        reserve(Varint.maxBytes64)
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a zig-zag coded varint (or varlong: the form is the same).
    @inlinable
    public mutating func append(varint value: Int64) {
        append(unsignedVarint: Varint.zigZag(value))
    }
}
