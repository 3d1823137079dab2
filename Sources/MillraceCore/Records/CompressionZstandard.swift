internal import CCodecs

/// Zstandard frames (RFC 8878) over libzstd. No I/O; from any thread.
enum ZstandardCodec {
    /// - Parameter level: up to 22; nil for 3.
    static func compress(_ bytes: RawSpan, into writer: inout ByteWriter, level: Int32? = nil) {
        unsafe bytes.withUnsafeBytes { source in
            _ = unsafe writer.append(upTo: ZSTD_compressBound(source.count)) { room in
                let size = unsafe ZSTD_compress(
                    room.baseAddress, room.count, source.baseAddress, source.count, level ?? 3)
                precondition(ZSTD_isError(size) == 0, "zstd has no room within its own bound")
                return size
            }
        }
    }

    static func decompress(_ bytes: RawSpan, into writer: inout ByteWriter, limit: Int) -> Bool {
        guard let stream = unsafe ZSTD_createDStream() else { return false }
        defer { unsafe ZSTD_freeDStream(stream) }
        let start = writer.count
        return unsafe bytes.withUnsafeBytes { source in
            var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            var rest = 1
            while true {
                let before = unsafe input.pos
                let made = unsafe writer.append(upTo: Compression.pieceBytes) { room in
                    var output = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                    rest = unsafe ZSTD_decompressStream(stream, &output, &input)
                    return unsafe output.pos
                }
                if ZSTD_isError(rest) != 0 || writer.count - start > limit { return false }
                let isRead = unsafe input.pos == input.size
                if isRead && rest == 0 { return true }
                // Nothing moves any more: the frame is cut off.
                if made == 0, unsafe input.pos == before { return false }
            }
        }
    }
}
