/// How overlays hash and compare keys: strings and byte arrays by their bytes, integers by a multiplication, anything
/// else by its own `Hashable`. Pure, hot: the branches on the type fold when a caller specialises.
///
/// Strings go by bytes not only for speed: Swift's `==` holds two spellings of "é" equal, while partitions, changelogs
/// and byte stores, which go by serialised bytes, hold them apart.
public enum OverlayHash {
    /// The hash of a key.
    @inlinable
    @inline(__always)
    public static func hash<Key: Hashable>(_ key: Key) -> UInt32 {
        if Key.self == String.self {
            return hash(utf8: unsafe unsafeBitCast(key, to: String.self))
        } else if Key.self == [UInt8].self {
            return unsafe unsafeBitCast(key, to: [UInt8].self).withUnsafeBytes { unsafe hash(bytes: $0) }
        } else if Key.self == Int64.self {
            return mix(UInt64(bitPattern: unsafe unsafeBitCast(key, to: Int64.self)), 0)
        } else if Key.self == Int.self {
            return mix(UInt64(bitPattern: Int64(unsafe unsafeBitCast(key, to: Int.self))), 0)
        }
        return mix(UInt64(bitPattern: Int64(key.hashValue)), 0)
    }

    /// Whether two keys are one.
    @inlinable
    @inline(__always)
    public static func equal<Key: Hashable>(_ left: Key, _ right: Key) -> Bool {
        if Key.self == String.self {
            return equal(
                utf8: unsafe unsafeBitCast(left, to: String.self), unsafe unsafeBitCast(right, to: String.self))
        }
        return left == right
    }

    @inlinable
    static func hash(utf8 text: String) -> UInt32 {
        let fast = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hash(bytes: UnsafeRawBufferPointer(bytes))
        }
        if let fast { return fast }
        var native = text
        return native.withUTF8 { bytes in unsafe hash(bytes: UnsafeRawBufferPointer(bytes)) }
    }

    @inlinable
    static func equal(utf8 left: String, _ right: String) -> Bool {
        // The same 16 bytes: the same small text, or the same storage.
        let leftBits = unsafe unsafeBitCast(left, to: (UInt64, UInt64).self)
        let rightBits = unsafe unsafeBitCast(right, to: (UInt64, UInt64).self)
        if leftBits == rightBits { return true }
        return left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    /// A multiply-and-fold hash, eight bytes a step. Not a defence against chosen keys.
    @inlinable
    static func hash(bytes: UnsafeRawBufferPointer) -> UInt32 {
        let count = bytes.count
        guard count > 0, let start = bytes.baseAddress else { return mix(0, 1) }
        var state = UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15
        if count >= 8 {
            var position = 0
            while position + 8 < count {
                state = fold(state ^ (unsafe start.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
                position &+= 8
            }
            return mix(state, unsafe start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        }
        var tail: UInt64 = 0
        if count >= 4 {
            let low = unsafe start.loadUnaligned(as: UInt32.self)
            let high = unsafe start.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            tail = UInt64(low) | UInt64(high) &<< 32
        } else {
            let first = unsafe start.load(as: UInt8.self)
            let middle = unsafe start.load(fromByteOffset: count &>> 1, as: UInt8.self)
            let last = unsafe start.load(fromByteOffset: count - 1, as: UInt8.self)
            tail = UInt64(first) | UInt64(middle) &<< 8 | UInt64(last) &<< 16
        }
        return mix(state, tail)
    }

    @inlinable
    @inline(__always)
    static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return product.high ^ product.low
    }

    @inlinable
    @inline(__always)
    static func mix(_ state: UInt64, _ tail: UInt64) -> UInt32 {
        let product = (state ^ tail ^ 0xe703_7ed1_a0b4_28db).multipliedFullWidth(by: 0x8ebc_6af0_9c88_c6e3)
        return UInt32(truncatingIfNeeded: fold(product.high ^ product.low))
    }
}
