import MillraceCore
import MillraceSimulation

/// A record as a value, to compare what was written with what is read.
struct PlainRecord: Hashable, CustomStringConvertible {
    var timestamp: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: Headers

    var description: String {
        "at \(timestamp), key \(key?.count ?? -1) bytes, value \(value?.count ?? -1) bytes, \(headers.count) headers"
    }

    static func random(using random: inout SeededGenerator, largest: Int = 200) -> PlainRecord {
        let times: [Int64] = [0, -1, 1_700_000_000_000, .max, .min, Int64.random(in: 0...4_000, using: &random)]
        let headerCount = random.once(in: 3) ? Int.random(in: 0...4, using: &random) : 0
        return PlainRecord(
            timestamp: times[Int.random(in: 0..<times.count, using: &random)],
            key: bytes(using: &random, largest), value: bytes(using: &random, largest),
            headers: Headers(
                (0..<headerCount).map { _ in
                    Header(
                        ["", "n", "naïve", "trace-id"].randomElement(using: &random) ?? "", bytes(using: &random, 30))
                }))
    }

    /// Nil, empty or some bytes that compress a little.
    private static func bytes(using random: inout SeededGenerator, _ largest: Int) -> [UInt8]? {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return nil
        case 1: return []
        default:
            let count = Int.random(in: 1...largest, using: &random)
            if count > 500 { return [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: count) }
            return (0..<count).map { _ in UInt8.random(in: 0...15, using: &random) }
        }
    }
}

extension RecordBatchBuilder {
    mutating func append(_ record: PlainRecord) {
        let key = record.key ?? []
        let value = record.value ?? []
        append(
            timestamp: Timestamp(record.timestamp), key: record.key == nil ? nil : key.span.bytes,
            value: record.value == nil ? nil : value.span.bytes, headers: record.headers)
    }
}

/// The records of the batch at `position`, decompressed where need be, with their offsets.
func readBatch(
    _ bytes: RawSpan, at position: Int = 0, limit: Int = 1 << 22
) throws(RecordError) -> [(offset: Offset, record: PlainRecord)] {
    let header = try RecordBatchHeader(from: bytes, at: position)
    if header.attributes.compression == Compression.none {
        var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
        return try readAll(&cursor, in: bytes)
    }
    var plain = ByteWriter()
    try header.decompressRecords(of: bytes, at: position, into: &plain, limit: limit)
    var cursor = RecordCursor(header: header, recordsAt: 0)
    return try readAll(&cursor, in: plain.bytes)
}

private func readAll(
    _ cursor: inout RecordCursor, in bytes: RawSpan
) throws(RecordError) -> [(offset: Offset, record: PlainRecord)] {
    var found: [(offset: Offset, record: PlainRecord)] = []
    while let slot = try cursor.next(in: bytes) {
        let record = PlainRecord(
            timestamp: slot.timestamp.millisecondsSinceEpoch,
            key: slot.key.map { [UInt8](copying: bytes.extracting($0)) },
            value: slot.value.map { [UInt8](copying: bytes.extracting($0)) }, headers: try slot.headers(in: bytes))
        found.append((offset: slot.offset, record: record))
    }
    return found
}
