internal import MillraceCore

/// Judges a batch by itself, before it is appended (PROTOCOL.md 12, 14). Pure.
struct BatchValidation {
    let configuration: LogConfiguration
    let origin: LogAppendOrigin
    let isTrusted: Bool

    private var isFromClient: Bool { origin != .coordinator }

    /// The header of the sound batch at `position`.
    func header(in bytes: RawSpan, at position: Int) throws(LogError) -> RecordBatchHeader {
        let header: RecordBatchHeader
        do throws(RecordError) {
            header = try RecordBatchHeader(from: bytes, at: position)
            if !isTrusted { try header.verifyChecksum(of: bytes, at: position) }
        } catch {
            throw .corruptBatch(error)
        }
        guard header.totalByteCount <= configuration.maxMessageBytes else {
            throw .messageTooLarge(byteCount: header.totalByteCount, limit: configuration.maxMessageBytes)
        }
        guard header.attributes.compression != nil else {
            throw .corruptBatch(.unsupportedCompression(UInt8(header.attributes.rawValue & 7)))
        }
        guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
            throw .invalidBatch("\(header.recordCount) records up to offset delta \(header.lastOffsetDelta)")
        }
        guard !header.attributes.isControl else { throw .invalidBatch("a control batch that the log did not make") }
        guard header.maxTimestamp >= Timestamp(-1) else { throw .invalidBatch("timestamp \(header.maxTimestamp)") }
        try checkProducer(header)
        if isFromClient {
            guard header.baseOffset == .zero else { throw .invalidBatch("base offset \(header.baseOffset), not 0") }
        }
        if !isTrusted && configuration.cleanupPolicy.contains(.compact) {
            try checkKeys(header, bytes, at: position)
        }
        return header
    }

    private func checkProducer(_ header: RecordBatchHeader) throws(LogError) {
        if header.producer.isNone {
            guard !header.attributes.isTransactional else {
                throw .invalidBatch("a transactional batch without a producer id")
            }
            return
        }
        guard header.producer.epoch >= 0 else { throw .invalidBatch("producer epoch \(header.producer.epoch)") }
        guard header.baseSequence >= (isFromClient ? 0 : -1) else {
            throw .invalidBatch("base sequence \(header.baseSequence) of producer \(header.producer.id)")
        }
    }

    /// Compaction needs a key in every record.
    private func checkKeys(_ header: RecordBatchHeader, _ bytes: RawSpan, at position: Int) throws(LogError) {
        let end = position + header.totalByteCount
        let hasNullKey: Bool
        do throws(RecordError) {
            let batch = bytes.extracting(position..<end)
            if header.attributes.compression == Compression.none {
                var cursor = RecordCursor(header: header, recordsAt: RecordBatchHeader.byteCount)
                hasNullKey = try containsNullKey(&cursor, batch)
            } else {
                var plain = ByteWriter(capacity: header.totalByteCount * 4)
                try header.decompressRecords(of: batch, into: &plain)
                var cursor = RecordCursor(header: header, recordsAt: 0)
                hasNullKey = try containsNullKey(&cursor, plain.bytes)
            }
        } catch {
            throw .corruptBatch(error)
        }
        if hasNullKey { throw .invalidBatch("a record without a key in a compacted log") }
    }

    private func containsNullKey(_ cursor: inout RecordCursor, _ bytes: RawSpan) throws(RecordError) -> Bool {
        while let slot = try cursor.next(in: bytes) {
            if slot.key == nil { return true }
        }
        return false
    }
}
