internal import MillraceCore

/// Walks once over the plain records of a batch from a client, and looks whether a reader could read them: lengths
/// that fit, offset deltas 0, 1, 2 …, as many records as the header says and nothing behind them, and what the topic
/// asks of each. Pure. It is on the hot path of a produce request: no allocation, one branch for most varints.
///
/// A record, all numbers signed varints but the attributes: length · attributes (1 byte) · timestamp delta ·
/// offset delta · key length, key · value length, value · header count, and each header's name and value with lengths.
struct RecordValidation {
    /// Whether a record without a key is refused.
    let requiresKeys: Bool
    /// Which timestamps are allowed, beside -1 for none.
    let timestamps: ClosedRange<Int64>

    private(set) var refusals: [RecordRefusal] = []
    /// The largest timestamp of the records.
    private(set) var maxTimestamp = Int64.min

    init(requiresKeys: Bool, timestamps: ClosedRange<Int64>) {
        self.requiresKeys = requiresKeys
        self.timestamps = timestamps
    }

    /// - Parameter start: where in `bytes` the first record begins; the last one ends where the bytes do.
    mutating func check(_ header: RecordBatchHeader, from start: Int, in bytes: RawSpan) throws(RecordError) {
        let base = header.baseTimestamp.millisecondsSinceEpoch
        let allowed = timestamps
        let requiresKeys = requiresKeys
        var latest = Int64.min
        var position = start
        var index: Int32 = 0
        while index < header.recordCount {
            let record = try RecordOutline(bytes, &position)
            guard record.offsetDelta == Int64(index) else {
                throw .malformed("record \(index) has the offset delta \(record.offsetDelta)")
            }
            let time = base &+ record.timestampDelta
            if time > latest { latest = time }
            if !(time >= allowed.lowerBound && time <= allowed.upperBound) && time != -1 {
                refuse(index, .timestamp(time, allowed: allowed))
            }
            if requiresKeys && !record.hasKey { refuse(index, .missingKey) }
            index &+= 1
        }
        guard position == bytes.byteCount else {
            throw .malformed("\(bytes.byteCount - position) bytes behind the last record")
        }
        maxTimestamp = latest
    }

    private mutating func refuse(_ index: Int32, _ reason: RecordRefusal.Reason) {
        guard refusals.count < RecordRefusal.countMax else { return }
        refusals.append(RecordRefusal(batchIndex: index, reason: reason))
    }
}

/// What validation has to know of one record.
private struct RecordOutline {
    let timestampDelta: Int64
    let offsetDelta: Int64
    let hasKey: Bool

    /// Reads the record that begins at `position`, and moves that behind it.
    @inline(__always)
    init(_ bytes: RawSpan, _ position: inout Int) throws(RecordError) {
        let length = try RecordOutline.varint(bytes, &position, bytes.byteCount)
        guard length > 0, length <= Int64(bytes.byteCount &- position) else {
            throw .malformed("a record of \(length) bytes where \(bytes.byteCount - position) are left")
        }
        let end = position &+ Int(truncatingIfNeeded: length)
        position &+= 1  // attributes: no bit is defined
        timestampDelta = try RecordOutline.varint(bytes, &position, end)
        offsetDelta = try RecordOutline.varint(bytes, &position, end)
        hasKey = try RecordOutline.skipField(bytes, &position, end)
        _ = try RecordOutline.skipField(bytes, &position, end)
        let headerCount = try RecordOutline.varint(bytes, &position, end)
        if headerCount != 0 { try RecordOutline.skipHeaders(headerCount, bytes, &position, end) }
        guard position == end else { throw .malformed("a record is \(end - position) bytes longer than its fields") }
    }

    private static func skipHeaders(
        _ count: Int64, _ bytes: RawSpan, _ position: inout Int, _ end: Int
    ) throws(RecordError) {
        guard count > 0, count <= Int64(end - position) else { throw .malformed("\(count) record headers") }
        for _ in 0..<count {
            guard try skipField(bytes, &position, end) else { throw .malformed("a record header without a name") }
            _ = try skipField(bytes, &position, end)
        }
    }

    /// Moves behind a length and its bytes; false where it is null.
    @inline(__always)
    private static func skipField(_ bytes: RawSpan, _ position: inout Int, _ end: Int) throws(RecordError) -> Bool {
        let length = try varint(bytes, &position, end)
        if length < 0 {
            guard length == -1 else { throw .malformed("a field of \(length) bytes") }
            return false
        }
        guard length <= Int64(end &- position) else { throw .malformed("a field of \(length) bytes in a record") }
        position &+= Int(truncatingIfNeeded: length)
        return true
    }

    @inline(__always)
    private static func varint(_ bytes: RawSpan, _ position: inout Int, _ end: Int) throws(RecordError) -> Int64 {
        guard position < end else { throw .malformed("a record ends within its fields") }
        let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
        if byte < 0x80 {
            position &+= 1
            return Varint.unZigZag(UInt64(byte))
        }
        return try longVarint(bytes, &position, end)
    }

    private static func longVarint(_ bytes: RawSpan, _ position: inout Int, _ end: Int) throws(RecordError) -> Int64 {
        var reader = ByteReader(position: position)
        do throws(ByteError) {
            let value = try reader.readVarint(from: bytes)
            guard reader.position <= end else { throw .truncated(position: position, needed: 0, available: 0) }
            position = reader.position
            return value
        } catch {
            throw .malformed("record: \(error)")
        }
    }
}
