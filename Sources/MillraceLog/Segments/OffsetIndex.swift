internal import MillraceCore

/// Where batches lie in a segment, one entry every `index.interval.bytes`. Kept in memory, written when its segment
/// is closed; made anew from the log where the file is lacking or damaged. Kafka's `.index` format:
///
///     at 0  4  last offset of a batch, less the segment's base
///        4  4  position of that batch in the `.log` file
struct OffsetIndex: Sendable {
    struct Entry: Hashable, Sendable {
        var relativeOffset: Int32
        var position: Int32
    }
    static let entryByteCount = 8

    private(set) var entries: [Entry] = []

    mutating func append(relativeOffset: Int32, position: Int32) {
        entries.append(Entry(relativeOffset: relativeOffset, position: position))
    }

    /// A position at or before the batch that holds the offset.
    func position(of relativeOffset: Int64) -> Int {
        let index = partitionIndex(entries.count) { Int64(entries[$0].relativeOffset) > relativeOffset }
        return index == 0 ? 0 : Int(entries[index - 1].position)
    }

    /// The last known beginning of a batch at or before the position; nil before the first one.
    func batchStart(atOrBefore position: Int) -> Int? {
        let index = partitionIndex(entries.count) { Int(entries[$0].position) > position }
        return index == 0 ? nil : Int(entries[index - 1].position)
    }

    /// - Parameter first: how many entries are left out.
    func encode(from first: Int = 0, into writer: inout ByteWriter) {
        for entry in entries[first...] {
            writer.append(entry.relativeOffset)
            writer.append(entry.position)
        }
    }

    /// Nil where the bytes are no index of a log of `logSize` bytes.
    init?(_ bytes: RawSpan, logSize: Int) {
        guard bytes.byteCount % OffsetIndex.entryByteCount == 0 else { return nil }
        var reader = ByteReader()
        entries.reserveCapacity(bytes.byteCount / OffsetIndex.entryByteCount)
        while reader.position < bytes.byteCount {
            guard let offset = try? reader.read(Int32.self, from: bytes),
                let position = try? reader.read(Int32.self, from: bytes),
                offset > entries.last?.relativeOffset ?? -1, position > entries.last?.position ?? -1,
                Int(position) < logSize
            else { return nil }
            append(relativeOffset: offset, position: position)
        }
    }

    init() {}
}

/// The first index in `0..<count` for which `isBeyond` holds, `count` where there is none; it must hold for all
/// behind that one.
func partitionIndex(_ count: Int, where isBeyond: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
        let middle = low + (high - low) / 2
        if isBeyond(middle) { high = middle } else { low = middle + 1 }
    }
    return low
}
