internal import MillraceCore

/// Where one record lies in the bytes of its batch, as far as compaction has to know it.
struct RecordFrame {
    /// Length included.
    var bytes: Range<Int>
    var timestampDelta: Int64
    var offsetDelta: Int64
    /// Behind the offset delta: key, value, headers, which are copied as they are.
    var rest: Range<Int>
    var key: Range<Int>?
    var isTombstone: Bool
}

/// Walks over the plain records of a batch. Pure.
struct RecordFrames {
    private var reader: ByteReader
    private var remaining: Int32

    init(count: Int32, at start: Int) {
        reader = ByteReader(position: start)
        remaining = count
    }

    mutating func next(in bytes: RawSpan) throws(RecordError) -> RecordFrame? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        do throws(ByteError) {
            let start = reader.position
            let length = Int(clamping: try reader.readVarint(from: bytes))
            let body = try reader.readRange(length, from: bytes)
            let end = body.upperBound
            reader.position = body.lowerBound + 1  // attributes: no bit is defined
            let timestampDelta = try reader.readVarint(from: bytes)
            let offsetDelta = try reader.readVarint(from: bytes)
            let rest = reader.position
            let keyLength = try reader.readVarint(from: bytes)
            let key = keyLength < 0 ? nil : try reader.readRange(Int(clamping: keyLength), from: bytes)
            let isTombstone = try reader.readVarint(from: bytes) < 0
            guard reader.position <= end else { throw .truncated(position: rest, needed: end, available: 0) }
            reader.position = end
            return RecordFrame(
                bytes: start..<end, timestampDelta: timestampDelta, offsetDelta: offsetDelta, rest: rest..<end,
                key: key, isTombstone: isTombstone)
        } catch {
            throw .malformed("record: \(error)")
        }
    }
}
