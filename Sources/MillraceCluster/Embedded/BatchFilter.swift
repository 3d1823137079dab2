internal import MillraceBroker
internal import MillraceCore

/// Picks, out of bytes read from a log, the batches that an application is to process: checks every checksum, leaves
/// out control batches, batches of aborted transactions, and what lies before the position. What is compressed is
/// decompressed behind what was read, in the same buffer. Pure.
enum BatchFilter {
    /// - Parameters:
    ///   - writer: holds what was read, and nothing else.
    ///   - position: the first offset wanted.
    ///   - aborted: transactions whose records are to be left out; empty for those who read uncommitted.
    static func batches(
        in writer: inout ByteWriter, from position: Offset, without aborted: [AbortedRecords]
    ) throws(RecordError) -> [FetchedBatch] {
        var batches: [FetchedBatch] = []
        let end = writer.count
        var next = 0
        while next < end {
            let start = next
            let header = try RecordBatchHeader(from: writer.bytes, at: start)
            try header.verifyChecksum(of: writer.bytes, at: start)
            next += header.totalByteCount
            if header.attributes.isControl || header.recordCount == 0 || header.lastOffset < position { continue }
            if isAborted(header, by: aborted) { continue }
            let recordsStart =
                header.attributes.compression == Compression.none
                ? start + RecordBatchHeader.byteCount : try decompress(header, at: start, in: &writer)
            batches.append(FetchedBatch(header: header, recordsStart: recordsStart))
        }
        return batches
    }

    /// Returns where the plain records begin.
    private static func decompress(
        _ header: RecordBatchHeader, at start: Int, in writer: inout ByteWriter
    ) throws(RecordError) -> Int {
        var plain = ByteWriter(capacity: header.totalByteCount * 4)
        try header.decompressRecords(of: writer.bytes, at: start, into: &plain)
        let recordsStart = writer.count
        writer.append(plain.bytes)
        return recordsStart
    }

    private static func isAborted(_ header: RecordBatchHeader, by aborted: [AbortedRecords]) -> Bool {
        guard !aborted.isEmpty, header.attributes.isTransactional else { return false }
        return aborted.contains { transaction in
            transaction.producerID == header.producer.id && transaction.firstOffset <= header.baseOffset
                && header.baseOffset <= transaction.lastOffset
        }
    }
}
