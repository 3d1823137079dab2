internal import CCodecs

/// Gzip (RFC 1952) over zlib. No I/O; from any thread.
enum GzipCodec {
    /// The largest window, and 16 more for the gzip format.
    private static let windowBits: Int32 = 15 + 16

    /// - Parameter level: 1 to 9; nil for zlib's default.
    static func compress(_ bytes: RawSpan, into writer: inout ByteWriter, level: Int32? = nil) {
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let started = unsafe deflateInit2_(
            &stream, level ?? Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        precondition(started == Z_OK, "zlib did not start: \(started)")
        defer { unsafe deflateEnd(&stream) }
        unsafe bytes.withUnsafeBytes { source in
            unsafe stream.next_in = unsafe UnsafeMutablePointer(
                mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(source.count)
            let bound = unsafe deflateBound(&stream, UInt(source.count))
            _ = unsafe writer.append(upTo: Int(bound)) { room in
                unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.avail_out = UInt32(room.count)
                let result = unsafe deflate(&stream, Z_FINISH)
                precondition(result == Z_STREAM_END, "zlib has no room within its own bound")
                return unsafe room.count - Int(stream.avail_out)
            }
        }
    }

    static func decompress(_ bytes: RawSpan, into writer: inout ByteWriter, limit: Int) -> Bool {
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, size) == Z_OK else { return false }
        defer { unsafe inflateEnd(&stream) }
        let start = writer.count
        return unsafe bytes.withUnsafeBytes { source in
            guard source.count <= Int(UInt32.max) else { return false }
            unsafe stream.next_in = unsafe UnsafeMutablePointer(
                mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(source.count)
            while true {
                var result = Z_OK
                _ = unsafe writer.append(upTo: Compression.pieceBytes) { room in
                    unsafe stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.avail_out = UInt32(room.count)
                    result = unsafe inflate(&stream, Z_NO_FLUSH)
                    return unsafe room.count - Int(stream.avail_out)
                }
                if writer.count - start > limit { return false }
                if result == Z_STREAM_END {
                    // Members may follow one another.
                    if unsafe stream.avail_in == 0 { return true }
                    result = unsafe inflateReset(&stream)
                }
                if result != Z_OK { return false }
            }
        }
    }
}
