internal import CCodecs

/// LZ4 frames over liblz4. No I/O; from any thread.
enum LZ4Codec {
    /// - Parameter level: 1 to 17, from 3 on slower and denser; nil for the fastest.
    static func compress(_ bytes: RawSpan, into writer: inout ByteWriter, level: Int32? = nil) {
        var preferences = LZ4F_preferences_t()
        preferences.compressionLevel = level ?? 0
        unsafe bytes.withUnsafeBytes { source in
            let bound = unsafe LZ4F_compressFrameBound(source.count, &preferences)
            _ = unsafe writer.append(upTo: bound) { room in
                let size = unsafe LZ4F_compressFrame(
                    room.baseAddress, room.count, source.baseAddress, source.count, &preferences)
                precondition(LZ4F_isError(size) == 0, "lz4 has no room within its own bound")
                return size
            }
        }
    }

    static func decompress(_ bytes: RawSpan, into writer: inout ByteWriter, limit: Int) -> Bool {
        var created: OpaquePointer?
        guard unsafe LZ4F_isError(LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))) == 0,
            let context = unsafe created
        else { return false }
        defer { _ = unsafe LZ4F_freeDecompressionContext(context) }
        let start = writer.count
        return unsafe bytes.withUnsafeBytes { source in
            var position = 0
            var rest = 1
            while true {
                var consumed = 0
                let made = unsafe writer.append(upTo: Compression.pieceBytes) { room in
                    var produced = room.count
                    consumed = source.count - position
                    rest = unsafe LZ4F_decompress(
                        context, room.baseAddress, &produced, source.baseAddress.map { unsafe $0 + position },
                        &consumed, nil)
                    return LZ4F_isError(rest) == 0 ? produced : 0
                }
                if LZ4F_isError(rest) != 0 || writer.count - start > limit { return false }
                position += consumed
                if position == source.count && rest == 0 { return true }
                // Nothing moves any more: the frame is cut off.
                if made == 0 && consumed == 0 { return false }
            }
        }
    }
}
