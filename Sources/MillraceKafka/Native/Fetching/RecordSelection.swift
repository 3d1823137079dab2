internal import MillraceCluster
internal import MillraceCore
internal import MillraceProtocol

/// Picks, out of the batches that a broker sent, those that an application is to process: checks every checksum, leaves
/// out control batches, batches of aborted transactions, and what lies before the position. Plain batches stay where
/// they are; where one is compressed, all are laid out in another buffer. Pure.
///
/// Rules: KIP-98. A producer's batches from the first offset of its aborted transaction on are left out, until its
/// marker comes.
struct RecordSelection {
    private let records: FetchedRecords
    /// How many of the aborted transactions have begun.
    private var begun = 0
    /// Producers whose transaction is one that was aborted.
    private var dropped: Set<Int64> = []

    private init(_ records: FetchedRecords) { self.records = records }

    /// - Parameters:
    ///   - checksChecksums: off where nobody minds.
    ///   - pool: gives the buffer for what is decompressed.
    static func select(
        from records: FetchedRecords, checksChecksums: Bool, pool: inout BufferPool
    ) throws(RecordError) -> FetchedBatches {
        var selection = RecordSelection(records)
        let frame = records.frame
        var chosen: [FetchedRecords.Batch] = []
        chosen.reserveCapacity(records.batches.count)
        for batch in records.batches {
            if checksChecksums { try batch.header.verifyChecksum(of: frame.bytes, at: batch.start) }
            if selection.isWanted(batch) { chosen.append(batch) }
        }
        let isPlain = chosen.allSatisfy { $0.header.attributes.compression == Compression.none }
        let (buffer, batches) = isPlain ? (frame, inPlace(chosen)) : try laidOut(chosen, of: records, &pool)
        return FetchedBatches(
            partition: records.partition, buffer: buffer, batches: batches, startOffset: Offset(records.start),
            nextOffset: Offset(records.next), highWatermark: Offset(records.highWatermark),
            lastStableOffset: Offset(records.lastStableOffset))
    }

    private mutating func isWanted(_ batch: FetchedRecords.Batch) -> Bool {
        let header = batch.header
        while begun < records.aborted.count, records.aborted[begun].firstOffset <= header.lastOffset.rawValue {
            dropped.insert(records.aborted[begun].producerID)
            begun += 1
        }
        if header.attributes.isControl {
            if !dropped.isEmpty, isAbort(batch) { dropped.remove(header.producer.id) }
            return false
        }
        if header.recordCount == 0 || header.lastOffset.rawValue < records.start { return false }
        return !(header.attributes.isTransactional && dropped.contains(header.producer.id))
    }

    /// Markers that we do not know end nothing.
    private func isAbort(_ batch: FetchedRecords.Batch) -> Bool {
        let frame = records.frame
        var cursor = RecordCursor(header: batch.header, recordsAt: batch.start + RecordBatchHeader.byteCount)
        let bytes = frame.bytes.extracting(0..<(batch.start + batch.header.totalByteCount))
        guard let slot = try? cursor.next(in: bytes), let key = slot.key, let value = slot.value else { return false }
        let marker = try? ControlRecord(key: bytes.extracting(key), value: bytes.extracting(value))
        return marker?.outcome == .abort
    }

    private static func inPlace(_ chosen: [FetchedRecords.Batch]) -> [FetchedBatch] {
        chosen.map { FetchedBatch(header: $0.header, recordsStart: $0.start + RecordBatchHeader.byteCount) }
    }

    private static func laidOut(
        _ chosen: [FetchedRecords.Batch], of records: FetchedRecords, _ pool: inout BufferPool
    ) throws(RecordError) -> (SharedBuffer, [FetchedBatch]) {
        let frame = records.frame
        let buffer = pool.take(capacity: records.byteCount * 4)
        var batches: [FetchedBatch] = []
        batches.reserveCapacity(chosen.count)
        try buffer.fill { writer throws(RecordError) in
            for (header, start) in chosen {
                batches.append(FetchedBatch(header: header, recordsStart: writer.count))
                try header.decompressRecords(of: frame.bytes, at: start, into: &writer)
            }
        }
        return (buffer, batches)
    }
}
