/// Immutable bytes that can be a key. Up to 15 bytes lie in the value itself and cost no allocation; comparing and
/// hashing those is a matter of two words. Pure.
public struct Bytes: Sendable {
    /// Nil where the bytes lie in the two words.
    @usableFromInline let storage: [UInt8]?
    /// First eight bytes, zero padded.
    @usableFromInline let low: UInt64
    /// Next seven bytes, zero padded, and the count in the top byte. For longer ones: their count.
    @usableFromInline let high: UInt64

    @usableFromInline static var inlineByteCountMax: Int { 15 }

    @inlinable
    public init(_ bytes: RawSpan) {
        let count = bytes.byteCount
        if count > Bytes.inlineByteCountMax {
            let array = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
                written = count
            }
            self.init(storage: array, low: 0, high: UInt64(count))
            return
        }
        var words: (UInt64, UInt64) = (0, 0)
        bytes.withUnsafeBytes { source in
            withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: source) }
        }
        self.init(storage: nil, low: words.0, high: words.1 | UInt64(count) &<< 56)
    }

    @inlinable
    public init(_ bytes: [UInt8]) {
        if bytes.count > Bytes.inlineByteCountMax {
            self.init(storage: bytes, low: 0, high: UInt64(bytes.count))
        } else {
            self.init(bytes.span.bytes)
        }
    }

    /// The UTF-8 bytes of `text`.
    public init(_ text: String) { self.init(Array(text.utf8)) }

    @inlinable
    init(storage: [UInt8]?, low: UInt64, high: UInt64) {
        self.storage = storage
        self.low = low
        self.high = high
    }

    @inlinable public var count: Int { storage?.count ?? Int(high &>> 56) }

    /// Calls `body` with the bytes.
    @inlinable
    public func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
        if let storage { return try body(storage.span.bytes) }
        let words = (low, high)
        return try withUnsafeBytes(of: words) { buffer in
            try body(RawSpan(_unsafeStart: UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped), byteCount: count))
        }
    }

    /// A copy of the bytes.
    public var array: [UInt8] { storage ?? withBytes { [UInt8](copying: $0) } }
}

extension Bytes: Hashable {
    @inlinable
    public static func == (left: Bytes, right: Bytes) -> Bool {
        left.low == right.low && left.high == right.high && left.storage == right.storage
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        if let storage {
            hasher.combine(storage)
        } else {
            hasher.combine(low)
            hasher.combine(high)
        }
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
