internal import MillraceCore

/// What compaction keeps (Kafka docs, "Log Compaction"; KIP-534 for delete horizons; PROTOCOL.md 41). Pure; filled
/// while the dirty part of a log is read, then asked batch by batch.
///
/// Everything it judges lies before the last stable offset of a sync, so that every transaction is decided.
struct CompactionRules {
    /// What has to survive of a producer: its last batch, for the sequences, and markers behind it, for the epoch.
    struct LastBatch {
        var epoch: Int16
        var lastOffset: Int64
    }

    let now: Timestamp
    let deleteRetentionMilliseconds: Int64
    let seed: UInt64
    let producers: [Int64: LastBatch]
    let aborted: [Int64: [ClosedRange<Int64>]]
    var offsets = KeyOffsets()
    /// Batches from here on are left as they are.
    var end = Offset.zero
    /// The last batch before the end stays, if need be without records, so that readers get past it.
    var lastBatch = Offset.zero

    /// From when on tombstones and markers that are met for the first time may go.
    var newHorizon: Timestamp {
        let (sum, overflow) = now.millisecondsSinceEpoch.addingReportingOverflow(deleteRetentionMilliseconds)
        return Timestamp(overflow ? .max : sum)
    }

    func isAborted(_ header: RecordBatchHeader) -> Bool {
        guard header.attributes.isTransactional, let ranges = aborted[header.producer.id] else { return false }
        return ranges.contains { $0.contains(header.baseOffset.rawValue) }
    }

    /// Whether tombstones in the batch, or the marker that it is, have been kept for long enough.
    func isPastHorizon(_ header: RecordBatchHeader) -> Bool {
        header.attributes.hasDeleteHorizon && header.baseTimestamp <= now
    }

    func mustKeep(_ header: RecordBatchHeader) -> Bool {
        if header.baseOffset == lastBatch { return true }
        guard let last = producers[header.producer.id], last.epoch == header.producer.epoch else { return false }
        return header.attributes.isControl
            ? header.lastOffset.rawValue > last.lastOffset : header.lastOffset.rawValue == last.lastOffset
    }

    /// Whether a record is the last one of its key, as far as is known, and no tombstone that has done its work.
    func keeps(_ frame: RecordFrame, of header: RecordBatchHeader, in bytes: RawSpan) -> Bool {
        guard let key = frame.key else { return false }
        if frame.isTombstone && isPastHorizon(header) { return false }
        let last = offsets.offset(of: KeyHash(of: bytes.extracting(key), seed: seed)) ?? -1
        return last <= header.baseOffset.rawValue + frame.offsetDelta
    }

    /// Takes in a batch of the dirty part.
    mutating func note(_ header: RecordBatchHeader, _ batch: RawSpan) throws(RecordError) {
        lastBatch = header.baseOffset
        guard !header.attributes.isControl, header.recordCount > 0, !isAborted(header) else { return }
        if header.attributes.compression == Compression.none {
            try noteRecords(of: header, at: RecordBatchHeader.byteCount, in: batch)
        } else {
            var plain = ByteWriter(capacity: header.totalByteCount * 4)
            try header.decompressRecords(of: batch, into: &plain)
            try noteRecords(of: header, at: 0, in: plain.bytes)
        }
    }

    private mutating func noteRecords(
        of header: RecordBatchHeader, at start: Int, in bytes: RawSpan
    ) throws(RecordError) {
        var frames = RecordFrames(count: header.recordCount, at: start)
        while let frame = try frames.next(in: bytes) {
            guard let key = frame.key else { continue }
            let hash = KeyHash(of: bytes.extracting(key), seed: seed)
            offsets.set(hash, header.baseOffset.rawValue + frame.offsetDelta)
        }
    }
}
