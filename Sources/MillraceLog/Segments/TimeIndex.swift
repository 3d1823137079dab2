internal import MillraceCore

/// How far a segment has come in time, one entry with every entry of the offset index, and one when the segment is
/// closed. Kafka's `.timeindex` format, timestamps rising:
///
///     at 0  8  largest timestamp so far
///        8  4  last offset of the batch that has it, less the segment's base
struct TimeIndex: Sendable {
    struct Entry: Hashable, Sendable {
        var timestamp: Timestamp
        var relativeOffset: Int32
    }
    static let entryByteCount = 12

    private(set) var entries: [Entry] = []

    /// Appends, unless time has not moved on.
    mutating func append(timestamp: Timestamp, relativeOffset: Int32) {
        if let last = entries.last, timestamp <= last.timestamp { return }
        entries.append(Entry(timestamp: timestamp, relativeOffset: relativeOffset))
    }

    /// Up to this offset every record is earlier than `time`; nil where nothing is known.
    func relativeOffset(before time: Timestamp) -> Int32? {
        let index = partitionIndex(entries.count) { entries[$0].timestamp >= time }
        return index == 0 ? nil : entries[index - 1].relativeOffset
    }

    /// - Parameter first: how many entries are left out.
    func encode(from first: Int = 0, into writer: inout ByteWriter) {
        for entry in entries[first...] {
            writer.append(entry.timestamp.millisecondsSinceEpoch)
            writer.append(entry.relativeOffset)
        }
    }

    /// Nil where the bytes are no time index.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount % TimeIndex.entryByteCount == 0 else { return nil }
        var reader = ByteReader()
        entries.reserveCapacity(bytes.byteCount / TimeIndex.entryByteCount)
        while reader.position < bytes.byteCount {
            guard let time = try? reader.read(Int64.self, from: bytes),
                let offset = try? reader.read(Int32.self, from: bytes), offset >= 0,
                entries.last.map({ $0.timestamp.millisecondsSinceEpoch < time }) ?? true
            else { return nil }
            entries.append(Entry(timestamp: Timestamp(time), relativeOffset: offset))
        }
    }

    /// The first and the last entry of an index file, without reading what lies between; nil where it is lacking,
    /// empty or damaged.
    static func ends(of path: String, on disk: any Disk) throws(DiskError) -> (first: Entry, last: Entry)? {
        guard try disk.exists(path) else { return nil }
        let file = try disk.open(path, create: false)
        defer { file.close() }
        let size = try file.size()
        guard size > 0, size % Int64(entryByteCount) == 0 else { return nil }
        var writer = ByteWriter(capacity: 2 * entryByteCount)
        _ = try file.read(at: 0, length: entryByteCount, into: &writer)
        _ = try file.read(at: size - Int64(entryByteCount), length: entryByteCount, into: &writer)
        guard let first = TimeIndex(writer.bytes.extracting(0..<min(writer.count, entryByteCount)))?.entries.first,
            let last = TimeIndex(writer.bytes.extracting(min(writer.count, entryByteCount)...))?.entries.first,
            first.timestamp <= last.timestamp
        else { return nil }
        return (first, last)
    }

    init() {}
}
