internal import CCodecs

/// Snappy over libsnappy, in the framing of Java's snappy-java (`SnappyOutputStream`), which Kafka's Java clients
/// write and all clients read. Plain blocks without it, as librdkafka may send them, are read too. No I/O; from any
/// thread.
///
///     at 0  8  82 53 4e 41 50 50 59 00        then blocks:  0  4  length n
///        8  4  version, 1                                   4  n  a snappy block
///       12  4  oldest version that can read it, 1
enum SnappyCodec {
    private static let magic: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
    private static let headByteCount = 16
    private static let blockBytes = 32 << 10
    /// No block unpacks to more: its densest element makes 64 bytes of 3. So a small one cannot claim much memory.
    private static let largestRatio = 22

    static func compress(_ bytes: RawSpan, into writer: inout ByteWriter) {
        writer.append(contentsOf: magic)
        writer.append(Int32(1))
        writer.append(Int32(1))
        var position = 0
        while position < bytes.byteCount {
            let end = min(position + blockBytes, bytes.byteCount)
            let lengthPosition = writer.count
            writer.append(Int32(0))
            let size = compressBlock(bytes.extracting(position..<end), into: &writer)
            writer.overwrite(at: lengthPosition, Int32(size))
            position = end
        }
    }

    private static func compressBlock(_ block: RawSpan, into writer: inout ByteWriter) -> Int {
        unsafe block.withUnsafeBytes { source in
            unsafe writer.append(upTo: snappy_max_compressed_length(source.count)) { room in
                var size = room.count
                let status = unsafe snappy_compress(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count,
                    room.baseAddress?.assumingMemoryBound(to: CChar.self), &size)
                precondition(status == SNAPPY_OK, "snappy has no room within its own bound")
                return size
            }
        }
    }

    static func decompress(_ bytes: RawSpan, into writer: inout ByteWriter, limit: Int) -> Bool {
        let start = writer.count
        guard isFramed(bytes) else { return decompressBlock(bytes, into: &writer, room: limit) }
        var reader = ByteReader(position: headByteCount)
        while reader.position < bytes.byteCount {
            guard let length = try? reader.read(Int32.self, from: bytes),
                let block = try? reader.readRange(Int(length), from: bytes),
                decompressBlock(bytes.extracting(block), into: &writer, room: limit - (writer.count - start))
            else { return false }
        }
        return true
    }

    private static func isFramed(_ bytes: RawSpan) -> Bool {
        bytes.byteCount >= headByteCount && [UInt8](copying: bytes.extracting(0..<magic.count)) == magic
    }

    private static func decompressBlock(_ block: RawSpan, into writer: inout ByteWriter, room: Int) -> Bool {
        unsafe block.withUnsafeBytes { source in
            let compressed = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
            var size = 0
            guard unsafe snappy_uncompressed_length(compressed, source.count, &size) == SNAPPY_OK, size <= room,
                size <= source.count * largestRatio
            else { return false }
            var isSound = false
            _ = unsafe writer.append(upTo: size) { target in
                var made = size
                isSound =
                    unsafe snappy_uncompress(
                        compressed, source.count, target.baseAddress?.assumingMemoryBound(to: CChar.self), &made)
                    == SNAPPY_OK && made == size
                return isSound ? size : 0
            }
            return isSound
        }
    }
}
