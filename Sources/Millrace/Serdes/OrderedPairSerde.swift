/// Two parts that make one key. Pairs can be nested: `Pair(a, Pair(b, c))`.
public struct Pair<First, Second> {
    /// What pairs are sorted by first.
    public var first: First
    /// What decides between pairs with equal first parts.
    public var second: Second

    /// A pair of these parts.
    @inlinable
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
}

extension Pair: Equatable where First: Equatable, Second: Equatable {}
extension Pair: Hashable where First: Hashable, Second: Hashable {}
extension Pair: Sendable where First: Sendable, Second: Sendable {}
extension Pair: Comparable where First: Comparable, Second: Comparable {
    /// By the first parts, and where they are equal by the second.
    @inlinable
    public static func < (left: Pair, right: Pair) -> Bool {
        left.first == right.first ? left.second < right.second : left.first < right.first
    }
}

/// Pairs whose bytes sort by the first part, then by the second. A first part of varying length ends with two zero
/// bytes, and a zero byte in it is followed by 1, so that a part sorts before all that begin with it. Pure.
///
///     first, fixed length        bytes | second
///     first, varying length      bytes with 00 -> 00 01 | 00 00 | second
public struct OrderedPairSerde<First: OrderedSerde, Second: OrderedSerde>: OrderedSerde {
    @usableFromInline let first: First
    @usableFromInline let second: Second

    /// A serde of pairs of what the two serdes take.
    @inlinable
    public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// The sum, where both parts have a fixed length.
    @inlinable
    public var fixedByteCount: Int? {
        guard let first = first.fixedByteCount, let second = second.fixedByteCount else { return nil }
        return first + second
    }

    /// The serde of all pairs' beginnings: for `KeyValueStore.prefixScan`, which then gives the pairs of one first part
    /// in the order of their second ones.
    @inlinable public var prefix: OrderedPrefixSerde<First> { OrderedPrefixSerde(first) }

    @inlinable
    public func serialize(_ value: Pair<First.Value, Second.Value>, into writer: inout ByteWriter) throws {
        try prefix.serialize(value.first, into: &writer)
        try second.serialize(value.second, into: &writer)
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Pair<First.Value, Second.Value> {
        let length = try prefix.byteCount(in: bytes)
        return Pair(
            try prefix.deserialize(bytes.extracting(0..<length)),
            try second.deserialize(bytes.extracting(length..<bytes.byteCount)))
    }
}

/// A value as it stands at the beginning of a pair; see `OrderedPairSerde`. Pure.
public struct OrderedPrefixSerde<Inner: OrderedSerde>: Serde {
    @usableFromInline let inner: Inner

    @inlinable
    init(_ inner: Inner) { self.inner = inner }

    @inlinable
    public func serialize(_ value: Inner.Value, into writer: inout ByteWriter) throws {
        let start = writer.count
        try inner.serialize(value, into: &writer)
        if inner.fixedByteCount != nil { return }
        OrderedEscaping.escape(&writer, from: start)
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) throws -> Inner.Value {
        if inner.fixedByteCount != nil { return try inner.deserialize(bytes) }
        let plain = try OrderedEscaping.unescape(bytes)
        return try inner.deserialize(plain.span.bytes)
    }

    /// How many bytes of a pair are its first part.
    @inlinable
    func byteCount(in bytes: RawSpan) throws -> Int {
        guard let count = inner.fixedByteCount else { return try OrderedEscaping.end(in: bytes) }
        guard bytes.byteCount >= count else { throw SerdeError("a pair of \(bytes.byteCount) bytes ends too soon") }
        return count
    }
}

/// Parts of varying length within a key. Pure.
@usableFromInline
enum OrderedEscaping {
    /// Escapes what was written from `start` on, and ends it.
    @usableFromInline
    static func escape(_ writer: inout ByteWriter, from start: Int) {
        let plain = [UInt8](copying: writer.bytes.extracting(start..<writer.count))
        if plain.contains(0) {
            writer.truncate(to: start)
            for byte in plain {
                writer.append(byte)
                if byte == 0 { writer.append(UInt8(1)) }
            }
        }
        writer.append(UInt16(0))
    }

    /// Where the first part ends, its last byte included.
    @usableFromInline
    static func end(in bytes: RawSpan) throws -> Int {
        var position = 0
        while position + 1 < bytes.byteCount {
            let isZero = byte(of: bytes, at: position) == 0
            if isZero, byte(of: bytes, at: position + 1) == 0 { return position + 2 }
            position += isZero ? 2 : 1
        }
        throw SerdeError("the first part of a pair of \(bytes.byteCount) bytes has no end")
    }

    @usableFromInline
    static func unescape(_ bytes: RawSpan) throws -> [UInt8] {
        var plain: [UInt8] = []
        var position = 0
        while position < bytes.byteCount - 2 {
            let byte = byte(of: bytes, at: position)
            plain.append(byte)
            position += byte == 0 ? 2 : 1
        }
        return plain
    }

    private static func byte(of bytes: RawSpan, at position: Int) -> UInt8 {
        bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
    }
}
