/// What a reader finds wrong with bytes from a disk or a peer.
public enum ByteError: Error, Hashable, Sendable {
    /// `needed` bytes were asked for at `position`; only `available` are there.
    case truncated(position: Int, needed: Int, available: Int)
    /// A varint at `position` does not end within its maximum length.
    case overlongVarint(position: Int)
    /// A length at `position` is negative where it must not be.
    case negativeLength(position: Int, length: Int64)
}

/// A cursor over bytes it does not hold: every call is given the span, so positions outlive the view of the bytes.
/// Integers are big-endian. It never traps on bad input.
public struct ByteReader: Sendable {
    /// Where the next read begins.
    public var position: Int

    /// A reader that begins at `position` of the bytes it is given.
    @inlinable
    public init(position: Int = 0) { self.position = position }

    /// The next integer, big-endian.
    ///
    /// - Throws: `ByteError` where the bytes end before it.
    @inlinable
    public mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ type: Integer.Type = Integer.self, from bytes: RawSpan
    ) throws(ByteError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard position >= 0, bytes.byteCount - position >= size else {
            throw .truncated(position: position, needed: size, available: bytes.byteCount - position)
        }
        let value = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: Integer.self)
        position &+= size
        return Integer(bigEndian: value)
    }

    /// The next varint, seven bits a byte, lowest first.
    ///
    /// - Throws: `ByteError` where it is cut off or too long.
    @inlinable
    public mutating func readUnsignedVarint(from bytes: RawSpan) throws(ByteError) -> UInt64 {
        let start = position
        let end = bytes.byteCount
        guard start >= 0 else { throw .truncated(position: start, needed: 1, available: 0) }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard position < end else {
                throw .truncated(position: start, needed: position - start + 1, available: end - start)
            }
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            position &+= 1
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw .overlongVarint(position: start)
    }

    /// Reads a zig-zag coded varint or varlong.
    @inlinable @inline(__always)
    public mutating func readVarint(from bytes: RawSpan) throws(ByteError) -> Int64 {
        // Most take one byte: deltas, counts, and lengths under 64.
        if position >= 0, position < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            if byte < 0x80 {
                position &+= 1
                return Varint.unZigZag(UInt64(byte))
            }
        }
        return Varint.unZigZag(try readUnsignedVarint(from: bytes))
    }

    /// Moves past `count` bytes and returns where they are.
    @inlinable
    public mutating func readRange(_ count: Int, from bytes: RawSpan) throws(ByteError) -> Range<Int> {
        guard count >= 0 else { throw .negativeLength(position: position, length: Int64(count)) }
        guard position >= 0, bytes.byteCount - position >= count else {
            throw .truncated(position: position, needed: count, available: bytes.byteCount - position)
        }
        let range = position..<(position &+ count)
        position &+= count
        return range
    }
}
