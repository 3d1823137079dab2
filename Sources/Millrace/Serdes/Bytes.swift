/// Immutable bytes that can be a key. Up to 23 bytes lie in the value itself and cost no allocation; comparing and
/// hashing those is a matter of three words. Pure.
///
/// `@unchecked Sendable`: the storage is written once, before `init` returns, and only read afterwards, by any thread.
public struct Bytes: @unchecked Sendable {
    /// Nil where the bytes lie in the three words.
    @usableFromInline let storage: BytesStorage?
    /// First eight bytes, zero padded.
    @usableFromInline let low: UInt64
    /// Next eight bytes, zero padded.
    @usableFromInline let middle: UInt64
    /// Next seven bytes, zero padded, and the count in the top byte. For longer ones: their count.
    @usableFromInline let high: UInt64

    @usableFromInline static var inlineByteCountMax: Int { 23 }

    /// A copy of `bytes`.
    @inlinable
    public init(_ bytes: RawSpan) {
        let count = bytes.byteCount
        if count > Bytes.inlineByteCountMax {
            storage = BytesStorage.make(bytes)
            low = 0
            middle = 0
            high = UInt64(count)
            return
        }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        bytes.withUnsafeBytes { source in
            withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: source) }
        }
        storage = nil
        low = words.0
        middle = words.1
        high = words.2 | UInt64(count) &<< 56
    }

    /// A copy of `bytes`.
    @inlinable
    public init(_ bytes: [UInt8]) { self.init(bytes.span.bytes) }

    /// The UTF-8 bytes of `text`.
    public init(_ text: String) { self.init(Array(text.utf8)) }

    /// How many bytes there are.
    @inlinable public var count: Int { storage == nil ? Int(high &>> 56) : Int(high) }

    /// Calls `body` with the bytes.
    @inlinable
    public func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        if let start = storage?.withUnsafeMutablePointerToElements({ UnsafeRawPointer($0) }) {
            // The storage lives as long as these bytes, and is not retained for the call.
            defer { withExtendedLifetime(self) {} }
            return try body(RawSpan(_unsafeStart: start, byteCount: count))
        }
        let words = (low, middle, high)
        return try withUnsafeBytes(of: words) { buffer in
            try body(RawSpan(_unsafeStart: UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped), byteCount: count))
        }
    }

    /// A copy of the bytes.
    public var array: [UInt8] { withBytes { [UInt8](copying: $0) } }
}

/// Bytes that do not fit into a value; never changed after `make`.
@usableFromInline
final class BytesStorage: ManagedBuffer<Int, UInt8> {
    @inlinable
    static func make(_ bytes: RawSpan) -> BytesStorage {
        let count = bytes.byteCount
        let made = BytesStorage.create(minimumCapacity: count) { _ in count }
        made.withUnsafeMutablePointerToElements { target in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: target, count: count).copyMemory(from: $0) }
        }
        return unsafeDowncast(made, to: BytesStorage.self)
    }
}

extension Bytes: Hashable {
    @inlinable
    public static func == (left: Bytes, right: Bytes) -> Bool {
        if left.high != right.high || left.middle != right.middle || left.low != right.low { return false }
        if left.storage == nil && right.storage == nil { return true }
        return left.withBytes { leftBytes in right.withBytes { leftBytes.elementsEqual($0) } }
    }

    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(hashValue) }

    /// Three multiplications for short bytes, one for each eight bytes of longer ones. Stores and dictionaries of the
    /// runtime go by it; it is no defence against chosen keys.
    @inlinable
    public var hashValue: Int {
        if storage == nil {
            let first = UInt(bitPattern: Bytes.fold(UInt(low)))
            return Bytes.fold(UInt(bitPattern: Bytes.fold(first ^ UInt(middle))) ^ UInt(high))
        }
        return withBytes { bytes in
            var state = UInt(high)
            var position = 0
            while position &+ 8 <= bytes.byteCount {
                let word = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt.self)
                state = UInt(bitPattern: Bytes.fold(state ^ word))
                position &+= 8
            }
            let last = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: bytes.byteCount &- 8, as: UInt.self)
            return Bytes.fold(state ^ last)
        }
    }

    @inlinable
    @inline(__always)
    static func fold(_ value: UInt) -> Int {
        let product = (value ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return Int(bitPattern: product.high ^ product.low)
    }
}

extension Bytes: Comparable {
    /// Lexicographic by unsigned bytes, as stores order their keys.
    public static func < (left: Bytes, right: Bytes) -> Bool {
        left.array.lexicographicallyPrecedes(right.array)
    }
}

extension Bytes: CustomStringConvertible {
    /// The bytes read as UTF-8.
    public var description: String { withBytes { $0.lossyUTF8 } }
}

/// The bytes as they are (Kafka's `Serdes.Bytes()`). Pure.
public struct BytesSerde: Serde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    @inlinable
    public func serialize(_ value: Bytes, into writer: inout ByteWriter) {
        value.withBytes { writer.append($0) }
    }

    @inlinable
    public func deserialize(_ bytes: RawSpan) -> Bytes { Bytes(bytes) }
}

/// The bytes as an array (Kafka's `Serdes.ByteArray()`); `Bytes` is cheaper as a key. Pure.
public struct ByteArraySerde: Serde {
    /// The serde; it has no settings.
    @inlinable public init() {}

    @inlinable
    public func serialize(_ value: [UInt8], into writer: inout ByteWriter) { writer.append(contentsOf: value) }

    @inlinable
    public func deserialize(_ bytes: RawSpan) -> [UInt8] { [UInt8](copying: bytes) }
}

extension Serde where Self == BytesSerde {
    @inlinable public static var bytes: BytesSerde { BytesSerde() }
}

extension Serde where Self == ByteArraySerde {
    @inlinable public static var byteArray: ByteArraySerde { ByteArraySerde() }
}
