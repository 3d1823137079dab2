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

    /// In one call, into the room where the records are to lie: a stream would take memory for the window that the
    /// frame claims, 128 MB for a frame of a few bytes. How much room is needed is found by doubling, since Java's
    /// producers do not say it, and a stranger may lie.
    static func decompress(_ bytes: RawSpan, into writer: inout ByteWriter, limit: Int) -> Bool {
        guard bytes.byteCount > 0, let context = unsafe ZSTD_createDCtx() else { return false }
        defer { unsafe ZSTD_freeDCtx(context) }
        return unsafe bytes.withUnsafeBytes { source in
            var room = min(Compression.pieceBytes + source.count * likelyRatio, limit)
            // "Unknown" and "not a frame" are the two largest numbers.
            let claimed = unsafe ZSTD_getFrameContentSize(source.baseAddress, source.count)
            if claimed < UInt64(room) { room = max(Int(claimed), 1) }
            while true {
                var result = 0
                _ = unsafe writer.append(upTo: room) { output in
                    result = unsafe ZSTD_decompressDCtx(
                        context, output.baseAddress, output.count, source.baseAddress, source.count)
                    return ZSTD_isError(result) == 0 ? result : 0
                }
                if ZSTD_isError(result) == 0 { return true }
                guard ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall, room < limit else { return false }
                room = min(room * 2, limit)
            }
        }
    }

    /// What records seldom shrink by more than.
    private static let likelyRatio = 8
}
