/// A growable buffer that is written at its end and read as a whole. It has one owner and is meant to be
/// recycled: `removeAll` keeps the memory. Integers are big-endian, as in all of Kafka's formats.
@safe
public struct ByteWriter: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    /// Bytes written so far.
    @inlinable public var count: Int { written }
    @usableFromInline var written: Int

    /// An empty writer with room for `capacity` bytes; it grows as needed.
    public init(capacity: Int = 256) {
        precondition(capacity > 0, "a writer needs room, not \(capacity) bytes")
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
        written = 0
    }

    deinit { unsafe base.deallocate() }

    /// What has been written.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// A copy of what has been written.
    public func copyBytes() -> [UInt8] { [UInt8](copying: bytes) }

    /// Forgets the contents, keeps the memory.
    @inlinable
    public mutating func removeAll() { written = 0 }

    /// Cuts the contents back to the first `newCount` bytes.
    @inlinable
    public mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count, "cannot cut \(count) bytes to \(newCount)")
        written = newCount
    }

    /// Makes sure that `extra` more bytes fit without another allocation.
    @inlinable
    public mutating func reserve(_ extra: Int) {
        if capacity - count < extra { grow(by: extra) }
    }

    @usableFromInline
    mutating func grow(by extra: Int) {
        let newCapacity = Swift.max(capacity &* 2, count + extra)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        unsafe larger.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = newCapacity
    }

    // MARK: Appending

    /// Appends one byte.
    @inlinable
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        written &+= 1
    }

    /// Appends an integer, most significant byte first.
    @inlinable
    public mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
        let size = MemoryLayout<Integer>.size
        reserve(size)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: count, as: Integer.self)
        written &+= size
    }

    /// Appends a copy of `bytes`.
    @inlinable
    public mutating func append(_ bytes: RawSpan) {
        let size = bytes.byteCount
        guard size > 0 else { return }
        reserve(size)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe base.advanced(by: count).copyMemory(from: start, byteCount: size)
            }
        }
        written &+= size
    }

    /// Appends a copy of `bytes`.
    @inlinable
    public mutating func append(contentsOf bytes: [UInt8]) {
        unsafe append(bytes.span.bytes)
    }

    /// Appends the UTF-8 bytes of `text`, without a length.
    @inlinable
    public mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { source in
            let size = source.count
            guard let start = source.baseAddress, size > 0 else { return }
            reserve(size)
            unsafe base.advanced(by: count).copyMemory(from: start, byteCount: size)
            written &+= size
        }
    }

    /// Appends `size` zero bytes, to be filled in later with `overwrite`.
    public mutating func appendZeros(_ size: Int) {
        reserve(size)
        unsafe base.advanced(by: count).initializeMemory(as: UInt8.self, repeating: 0, count: size)
        written &+= size
    }

    /// Appends up to `size` bytes that `fill` writes, and returns how many it said it wrote.
    public mutating func append<Failure: Error>(
        upTo size: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        reserve(size)
        let filled = try unsafe fill(.init(start: base.advanced(by: count), count: size))
        precondition(filled >= 0 && filled <= size, "\(filled) bytes written into room for \(size)")
        written &+= filled
        return filled
    }

    /// Replaces the integer at `position`, which must have been written before.
    @inlinable
    public mutating func overwrite<Integer: FixedWidthInteger & BitwiseCopyable>(
        at position: Int, _ value: Integer
    ) {
        precondition(position >= 0 && position + MemoryLayout<Integer>.size <= count, "nothing to overwrite")
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: position, as: Integer.self)
    }

    /// Replaces the bytes from `position` on, which must have been written before.
    public mutating func overwrite(at position: Int, _ bytes: RawSpan) {
        precondition(position >= 0 && position + bytes.byteCount <= count, "nothing to overwrite")
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe base.advanced(by: position).copyMemory(from: start, byteCount: source.count)
            }
        }
    }
}

extension [UInt8] {
    /// A copy of `bytes`.
    public init(copying bytes: RawSpan) {
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
}

extension RawSpan {
    /// The bytes read as UTF-8; bad sequences become U+FFFD.
    @inlinable
    public var lossyUTF8: String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether both hold the same bytes. Eight at a time: keys are compared with it.
    public func elementsEqual(_ other: RawSpan) -> Bool {
        let count = byteCount
        guard count == other.byteCount else { return false }
        var position = 0
        while count &- position >= 8 {
            let left = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            let right = unsafe other.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            if left != right { return false }
            position &+= 8
        }
        while position < count {
            let left = unsafe unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            let right = unsafe other.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            if left != right { return false }
            position &+= 1
        }
        return true
    }
}
