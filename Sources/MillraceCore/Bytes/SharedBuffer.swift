/// Bytes that were filled once (a fetch) and are then read in place by whoever holds them. `BufferPool` takes them
/// back when the last holder but the pool is gone.
public final class SharedBuffer {
    // Filled by one, then only read, which many do for each record: checked accesses would cost them.
    @exclusivity(unchecked)
    @usableFromInline var writer: ByteWriter

    /// An empty buffer with room for `capacity` bytes.
    public init(capacity: Int) { unsafe writer = ByteWriter(capacity: capacity) }

    /// What the buffer holds; not to be used after the buffer.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(writer.base), byteCount: writer.count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// How many bytes it holds.
    @inlinable public var count: Int { unsafe writer.count }

    /// How many bytes it can hold before it takes more memory.
    @inlinable public var capacity: Int { unsafe writer.capacity }

    /// Lets `body` write; only for the one who filled it, before anybody else reads.
    public func fill<Result, Failure: Error>(
        _ body: (inout ByteWriter) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(&writer)
    }
}

/// Recycles buffers, since the first touch of fresh memory is dear (PERFORMANCE.md §3a). Owned by one thread.
public struct BufferPool: ~Copyable {
    private var buffers: [SharedBuffer] = []
    private let limit: Int

    /// - Parameter limit: most buffers kept for reuse.
    public init(limit: Int = 64) { self.limit = limit }

    /// An empty buffer that nobody else holds.
    public mutating func take(capacity: Int) -> SharedBuffer {
        for index in buffers.indices where isKnownUniquelyReferenced(&buffers[index]) {
            let buffer = buffers[index]
            buffer.fill { writer in
                writer.removeAll()
                writer.reserve(capacity)
            }
            return buffer
        }
        let buffer = SharedBuffer(capacity: capacity)
        if buffers.count < limit { buffers.append(buffer) }
        return buffer
    }
}
