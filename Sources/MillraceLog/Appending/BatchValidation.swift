internal import MillraceCore

/// Judges a batch by itself, before it is appended (PROTOCOL.md 12, 14; KIP-32, KIP-467). Pure.
///
/// Of a batch whose bytes come from elsewhere everything is checked, its records too, decompressed if need be. Of one
/// that was made in this process only what its maker cannot know: whether the topic takes records without keys.
struct BatchValidation {
    /// Most bytes that the records of a produced batch may take once decompressed. They are held while the batch is
    /// judged, one batch at a time in each partition; the memory is given back where it was more than
    /// `keptPlainBytes`.
    static let decompressedLimit = 64 << 20
    static let keptPlainBytes = 1 << 20

    let configuration: LogConfiguration
    let origin: LogAppendOrigin
    let isTrusted: Bool
    let now: Timestamp

    private var isFromClient: Bool { origin != .coordinator }

    /// The header of the sound batch at `position`. Its largest timestamp is that of the records, whatever the bytes
    /// say.
    ///
    /// - Parameter plain: memory for decompressed records.
    func header(in bytes: RawSpan, at position: Int, _ plain: inout ByteWriter) throws(LogError) -> RecordBatchHeader {
        var header = try parse(bytes, at: position)
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
            try checkFlags(header)
        }
        let isCompacted = configuration.cleanupPolicy.contains(.compact)
        if !isTrusted || (isCompacted && isFromClient) { try checkRecords(&header, bytes, at: position, &plain) }
        return header
    }

    private func parse(_ bytes: RawSpan, at position: Int) throws(LogError) -> RecordBatchHeader {
        let header: RecordBatchHeader
        do throws(RecordError) {
            header = try RecordBatchHeader(from: bytes, at: position)
        } catch {
            if case .unsupportedMagic(let magic) = error { throw .invalidBatch("record format \(magic), not 2") }
            throw .corruptBatch(error)
        }
        guard header.totalByteCount <= configuration.maxMessageBytes else {
            throw .messageTooLarge(byteCount: header.totalByteCount, limit: configuration.maxMessageBytes)
        }
        guard !isTrusted else { return header }
        do { try header.verifyChecksum(of: bytes, at: position) } catch { throw .corruptBatch(error) }
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

    /// Both flags say what a broker has done to a batch.
    private func checkFlags(_ header: RecordBatchHeader) throws(LogError) {
        guard !header.attributes.usesLogAppendTime else {
            throw .invalidTimestampType
        }
        guard !header.attributes.hasDeleteHorizon else {
            throw .invalidBatch("a delete horizon, which is for the log to set")
        }
    }

    // MARK: Records

    private func checkRecords(
        _ header: inout RecordBatchHeader, _ bytes: RawSpan, at position: Int, _ plain: inout ByteWriter
    ) throws(LogError) {
        var records = RecordValidation(
            requiresKeys: configuration.cleanupPolicy.contains(.compact), timestamps: allowedTimestamps)
        let batch = bytes.extracting(position..<(position + header.totalByteCount))
        do throws(RecordError) {
            if header.attributes.compression == Compression.none {
                try records.check(header, from: RecordBatchHeader.byteCount, in: batch)
            } else {
                plain.removeAll()
                try header.decompressRecords(of: batch, into: &plain, limit: BatchValidation.decompressedLimit)
                try records.check(header, from: 0, in: plain.bytes)
            }
        } catch {
            if case .malformed(let complaint) = error { throw .invalidBatch(complaint) }
            throw .corruptBatch(error)
        }
        guard records.refusals.isEmpty else { throw .invalidRecords(records.refusals) }
        header.maxTimestamp = Timestamp(records.maxTimestamp)
    }

    private var allowedTimestamps: ClosedRange<Int64> {
        guard !isTrusted, configuration.timestampType == .createTime else { return .min ... .max }
        let (earliest, isBeforeTime) = now.millisecondsSinceEpoch.subtractingReportingOverflow(
            configuration.timestampBeforeMaxMilliseconds)
        let latest = now.advanced(byMilliseconds: configuration.timestampAfterMaxMilliseconds)
        return (isBeforeTime ? .min : earliest)...latest.millisecondsSinceEpoch
    }
}
