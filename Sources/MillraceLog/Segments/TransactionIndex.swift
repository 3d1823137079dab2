internal import MillraceCore

/// The aborted transactions whose markers lie in a segment. Kept in memory, written when its segment is closed.
/// Kafka's `.txnindex` format, in the order of the markers:
///
///     at  0  2  version, 0             at 18  8  offset of the marker
///         2  8  producer id               26  8  last stable offset once it was written
///        10  8  first offset
struct TransactionIndex: Sendable {
    static let entryByteCount = 34

    private(set) var entries: [AbortedTransaction] = []

    mutating func append(_ aborted: AbortedTransaction) { entries.append(aborted) }

    /// - Parameter first: how many entries are left out.
    func encode(from first: Int = 0, into writer: inout ByteWriter) {
        for entry in entries[first...] {
            writer.append(Int16(0))
            writer.append(entry.producerID)
            writer.append(entry.firstOffset.rawValue)
            writer.append(entry.lastOffset.rawValue)
            writer.append(entry.lastStableOffset.rawValue)
        }
    }

    /// Nil where the bytes are no transaction index.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount % TransactionIndex.entryByteCount == 0 else { return nil }
        var reader = ByteReader()
        while reader.position < bytes.byteCount {
            guard let version = try? reader.read(Int16.self, from: bytes), version == 0,
                let producerID = try? reader.read(Int64.self, from: bytes),
                let first = try? reader.read(Int64.self, from: bytes), first >= 0,
                let last = try? reader.read(Int64.self, from: bytes), last >= first,
                let stable = try? reader.read(Int64.self, from: bytes), stable >= 0
            else { return nil }
            append(
                AbortedTransaction(
                    producerID: producerID, firstOffset: Offset(first), lastOffset: Offset(last),
                    lastStableOffset: Offset(stable)))
        }
    }

    init() {}
}
