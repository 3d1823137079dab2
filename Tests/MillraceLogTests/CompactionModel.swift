import MillraceCore
import MillraceLog
import Testing

/// What was written to a log, and what compaction has to leave of it.
struct CompactionModel {
    struct Entry: Hashable {
        var key: String
        /// Nil for a tombstone.
        var value: String?
        var timestamp: Int64
        /// Nil outside transactions.
        var producerID: Int64?
        var isAborted = false
    }

    /// By offset; nil for a marker.
    var entries: [Entry?] = []

    /// The last value of every key, of what is committed.
    var folded: [String: String] {
        var result: [String: String] = [:]
        for case let entry? in entries where !entry.isAborted { result[entry.key] = entry.value }
        return result
    }
}

/// What a reader sees who reads committed.
struct CompactionView {
    struct Record: Hashable {
        var offset: Int64
        var entry: CompactionModel.Entry
    }

    var records: [Record] = []
    var folded: [String: String] { records.reduce(into: [:]) { $0[$1.entry.key] = $1.entry.value } }
    var nextOffset = Offset.zero

    /// Reads all from `start` on, checksums verified.
    init(_ log: PartitionLog, from start: Offset? = nil, maxBytes: Int = 1 << 20) throws {
        var writer = ByteWriter()
        nextOffset = start ?? log.logStart
        let first = nextOffset
        while nextOffset < log.logEnd {
            writer.removeAll()
            let limit = log.lastStableOffset
            let result = try log.read(from: nextOffset, maxBytes: maxBytes, upTo: limit, into: &writer)
            if result.batchCount == 0 { return }
            let aborted = try log.abortedTransactions(from: result.firstOffset, to: result.nextOffset)
            var position = result.bytes.lowerBound
            while position < result.bytes.upperBound {
                let header = try RecordBatchHeader(from: writer.bytes, at: position)
                try header.verifyChecksum(of: writer.bytes, at: position)
                let isAborted =
                    header.attributes.isTransactional
                    && aborted.contains {
                        $0.producerID == header.producer.id && $0.firstOffset <= header.baseOffset
                            && header.baseOffset <= $0.lastOffset
                    }
                if !header.attributes.isControl && !isAborted {
                    try take(header, writer.bytes, at: position, from: first)
                }
                position += header.totalByteCount
            }
            nextOffset = result.nextOffset
        }
    }

    private mutating func take(
        _ header: RecordBatchHeader, _ bytes: RawSpan, at position: Int, from first: Offset
    ) throws {
        var plain = ByteWriter()
        try header.decompressRecords(of: bytes, at: position, into: &plain)
        var cursor = RecordCursor(header: header, recordsAt: 0)
        while let slot = try cursor.next(in: plain.bytes) {
            guard slot.offset >= first, let key = slot.key else { continue }
            let value = slot.value.map { plain.bytes.extracting($0).lossyUTF8 }
            let entry = CompactionModel.Entry(
                key: plain.bytes.extracting(key).lossyUTF8, value: value,
                timestamp: slot.timestamp.millisecondsSinceEpoch)
            records.append(Record(offset: slot.offset.rawValue, entry: entry))
        }
    }
}

/// Drives compaction as a broker does.
enum Compaction {
    /// Returns whether there was something to do.
    @discardableResult
    static func run(_ log: PartitionLog, now: Timestamp, keyLimit: Int = 1_000) throws(LogError) -> Bool {
        guard let plan = try log.beginCompaction(now: now, seed: 0x5eed, keyLimit: keyLimit) else { return false }
        try plan.prepare()
        while let cleaned = try plan.cleanNext() {
            guard try log.install(cleaned) else { return true }
        }
        log.completeCompaction(plan)
        return true
    }
}
