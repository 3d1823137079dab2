/// Kafka's variable-length integers: base 128, least significant group first; signed ones are zig-zag coded
/// so that small negative numbers stay short (Kafka protocol guide, "Varints").
public enum Varint {
    /// Most bytes an `Int32` takes.
    public static let maxBytes32 = 5
    /// Most bytes an `Int64` takes.
    public static let maxBytes64 = 10

    /// Signed to unsigned, small magnitudes to small numbers.
    @inlinable
    public static func zigZag(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
    }

    /// The inverse of `zigZag`.
    @inlinable
    public static func unZigZag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// How many bytes `value` takes as a signed varint or varlong.
    @inlinable
    public static func size(_ value: Int64) -> Int {
        let bits = 64 &- (zigZag(value) | 1).leadingZeroBitCount
        // (bits + 6) / 7 without a division: exact for 1 to 64 bits.
        return (bits &* 9 &+ 64) &>> 6
    }
}

extension ByteWriter {
    /// Appends an unsigned varint.
    @inlinable
    public mutating func append(unsignedVarint value: UInt64) {
        reserve(Varint.maxBytes64)
        unsafe uncheckedAppend(unsignedVarint: value)
    }

    /// The same where `reserve` has made room already.
    @inlinable @unsafe
    mutating func uncheckedAppend(unsignedVarint value: UInt64) {
        var rest = value
        var position = written
        while rest >= 0x80 {
            unsafe base.storeBytes(
                of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: position, as: UInt8.self)
            rest &>>= 7
            position &+= 1
        }
        unsafe base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: position, as: UInt8.self)
        written = position &+ 1
    }

    /// Appends a length, -1 for nil, and the bytes, where `reserve` has made room already.
    @inlinable @unsafe
    mutating func uncheckedAppend(nullable bytes: RawSpan?) {
        guard let bytes else {
            unsafe uncheckedAppend(unsignedVarint: Varint.zigZag(-1))
            return
        }
        let size = bytes.byteCount
        unsafe uncheckedAppend(unsignedVarint: Varint.zigZag(Int64(size)))
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe base.advanced(by: written).copyMemory(from: start, byteCount: size)
            }
        }
        written &+= size
    }

    /// Appends a zig-zag coded varint (or varlong: the form is the same).
    @inlinable
    public mutating func append(varint value: Int64) {
        append(unsignedVarint: Varint.zigZag(value))
    }
}
