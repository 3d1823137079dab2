internal import MillraceBroker
internal import MillraceCore

/// Picks, out of bytes read from a log, the batches that an application is to process: checks every checksum, leaves
/// out control batches, batches of aborted transactions, and what lies before the position. Pure.
enum BatchFilter {
    /// - Parameters:
    ///   - position: the first offset wanted.
    ///   - aborted: transactions whose records are to be left out; empty for those who read uncommitted.
    static func batches(
        in bytes: RawSpan, from position: Offset, without aborted: [AbortedRecords]
    ) throws(RecordError) -> [FetchedBatch] {
        var batches: [FetchedBatch] = []
        var start = 0
        while start < bytes.byteCount {
            let header = try RecordBatchHeader(from: bytes, at: start)
            try header.verifyChecksum(of: bytes, at: start)
            let recordsStart = start + RecordBatchHeader.byteCount
            start += header.totalByteCount
            if header.attributes.isControl || header.recordCount == 0 || header.lastOffset < position { continue }
            if isAborted(header, by: aborted) { continue }
            guard header.attributes.compression == Compression.none else {
                throw .unsupportedCompression(UInt8(truncatingIfNeeded: header.attributes.rawValue & 7))
            }
            batches.append(FetchedBatch(header: header, recordsStart: recordsStart))
        }
        return batches
    }

    private static func isAborted(_ header: RecordBatchHeader, by aborted: [AbortedRecords]) -> Bool {
        guard !aborted.isEmpty, header.attributes.isTransactional else { return false }
        return aborted.contains { transaction in
            transaction.producerID == header.producer.id && transaction.firstOffset <= header.baseOffset
                && header.baseOffset <= transaction.lastOffset
        }
    }
}
