public import MillraceCore

/// The keys of a `GroupedStore` in its byte store. Pure.
///
/// | rows | layout |
/// | --- | --- |
/// | that expire | segment, 8 bytes ++ group, escaped ++ row |
/// | others | group, escaped ++ row |
///
/// The segment is the row's time divided by the length of a segment: expiry drops whole segments, as one range. The
/// group's bytes are escaped so that no group's key is the beginning of another's, and groups sort as their bytes do:
/// 00 becomes 00 FF, and 00 00 ends it.
@usableFromInline
enum GroupedKey {
    /// Appends a group's serialised bytes.
    @usableFromInline
    static func appendGroup(_ bytes: RawSpan, to writer: inout ByteWriter) {
        var start = 0
        var position = 0
        while position < bytes.byteCount {
            if bytes.byteCount - position >= 8 {
                let word = bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
                // None of the eight bytes is 0.
                if (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 == 0 {
                    position += 8
                    continue
                }
            }
            let byte = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
            position += 1
            guard byte == 0 else { continue }
            writer.append(bytes.extracting(start..<position))
            writer.append(UInt8(0xff))
            start = position
        }
        writer.append(bytes.extracting(start..<bytes.byteCount))
        writer.append(UInt16(0))
    }

    /// Reads a group that begins at `start`, into `group`; returns where the row begins.
    @usableFromInline
    static func readGroup(
        _ bytes: RawSpan, from start: Int, into group: inout ByteWriter
    ) throws(StoreError) -> Int {
        group.removeAll()
        var begin = start
        var position = start
        while position + 1 < bytes.byteCount {
            guard bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self) == 0 else {
                position += 1
                continue
            }
            let isEnd = bytes.unsafeLoad(fromByteOffset: position + 1, as: UInt8.self) == 0
            group.append(bytes.extracting(begin..<(isEnd ? position : position + 1)))
            position += 2
            if isEnd { return position }
            begin = position
        }
        throw StoreError(.corrupt, "a stored key of \(bytes.byteCount) bytes has no end of its group")
    }

    /// The first key of a segment.
    @usableFromInline
    static func bytes(segment: Int64) -> [UInt8] {
        withUnsafeBytes(of: segment.bigEndian) { Array($0) }
    }
}
