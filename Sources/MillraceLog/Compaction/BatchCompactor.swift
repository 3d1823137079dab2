internal import MillraceCore

/// Writes a batch anew without the records that compaction takes away. Offsets stay: the base offset, the last offset
/// delta, the first sequence and the records' deltas are those of the original. Pure; owned by one compaction.
///
/// - A batch that is left without records goes, unless the rules keep it for its producer: then it stays, empty.
/// - The transactional bit is taken off all data: it is committed, and whatever replays the log without the marker
///   must not take it for an open transaction.
/// - Where tombstones or markers are met for the first time, bit 6 is set, and the base timestamp becomes the time
///   from when on they may go (KIP-534); the records' time deltas count from there.
struct BatchCompactor: ~Copyable {
    private var plain = ByteWriter(capacity: 4096)
    private var kept = ByteWriter(capacity: 4096)

    /// Appends what is left of the batch to `output`; false if it is not what it was.
    mutating func compact(
        _ header: RecordBatchHeader, _ batch: RawSpan, _ rules: borrowing CompactionRules,
        into output: inout ByteWriter
    ) throws(RecordError) -> Bool {
        if header.lastOffset >= rules.end {
            output.append(batch)
            return true
        }
        if header.attributes.isControl {
            guard rules.mustKeep(header) || !rules.isPastHorizon(header) else { return false }
            if header.attributes.hasDeleteHorizon {
                output.append(batch)
                return true
            }
        } else if rules.isAborted(header) || header.recordCount == 0 {
            return writeEmpty(header, batch, rules, into: &output)
        }
        if header.attributes.compression == Compression.none {
            return try compactRecords(
                of: header, batch, at: RecordBatchHeader.byteCount, in: batch, rules, into: &output)
        }
        var plain = ByteWriter(capacity: 1)
        swap(&plain, &self.plain)
        defer { swap(&plain, &self.plain) }
        plain.removeAll()
        try header.decompressRecords(of: batch, into: &plain)
        return try compactRecords(of: header, batch, at: 0, in: plain.bytes, rules, into: &output)
    }

    private mutating func compactRecords(
        of header: RecordBatchHeader, _ batch: RawSpan, at start: Int, in bytes: RawSpan,
        _ rules: borrowing CompactionRules, into output: inout ByteWriter
    ) throws(RecordError) -> Bool {
        let isControl = header.attributes.isControl
        var hasTombstones = isControl
        var count: Int32 = 0
        var frames = RecordFrames(count: header.recordCount, at: start)
        while let frame = try frames.next(in: bytes) {
            guard isControl || rules.keeps(frame, of: header, in: bytes) else { continue }
            count += 1
            hasTombstones = hasTombstones || frame.isTombstone
        }
        if count == 0 { return writeEmpty(header, batch, rules, into: &output) }
        let needsHorizon = hasTombstones && !header.attributes.hasDeleteHorizon
        let losesBit = header.attributes.isTransactional && !isControl
        if count == header.recordCount && !needsHorizon && !losesBit {
            output.append(batch)
            return true
        }
        var changed = header
        changed.recordCount = count
        if needsHorizon {
            changed.attributes.hasDeleteHorizon = true
            changed.baseTimestamp = rules.newHorizon
        }
        if losesBit { changed.attributes.isTransactional = false }
        kept.removeAll()
        var latest = Timestamp(.min)
        frames = RecordFrames(count: header.recordCount, at: start)
        while let frame = try frames.next(in: bytes) {
            guard isControl || rules.keeps(frame, of: header, in: bytes) else { continue }
            let time = header.baseTimestamp.millisecondsSinceEpoch &+ frame.timestampDelta
            latest = max(latest, Timestamp(time))
            if needsHorizon {
                append(frame, timestampDelta: time &- changed.baseTimestamp.millisecondsSinceEpoch, from: bytes)
            } else {
                kept.append(bytes.extracting(frame.bytes))
            }
        }
        if !header.attributes.usesLogAppendTime { changed.maxTimestamp = latest }
        write(changed, batch, into: &output)
        return false
    }

    /// A record whose base timestamp is another one.
    private mutating func append(_ frame: RecordFrame, timestampDelta: Int64, from bytes: RawSpan) {
        let length =
            1 + Varint.size(timestampDelta) + Varint.size(frame.offsetDelta) + frame.rest.count
        kept.append(varint: Int64(length))
        kept.append(UInt8(0))
        kept.append(varint: timestampDelta)
        kept.append(varint: frame.offsetDelta)
        kept.append(bytes.extracting(frame.rest))
    }

    private mutating func writeEmpty(
        _ header: RecordBatchHeader, _ batch: RawSpan, _ rules: borrowing CompactionRules,
        into output: inout ByteWriter
    ) -> Bool {
        guard rules.mustKeep(header) else { return false }
        if header.recordCount == 0 && !header.attributes.isTransactional {
            output.append(batch)
            return true
        }
        var changed = header
        changed.recordCount = 0
        changed.attributes = BatchAttributes(usesLogAppendTime: header.attributes.usesLogAppendTime)
        kept.removeAll()
        write(changed, batch, into: &output)
        return false
    }

    /// Writes the header of `batch` with what has changed, and `kept` behind it, compressed as it was.
    private func write(_ header: RecordBatchHeader, _ batch: RawSpan, into output: inout ByteWriter) {
        let start = output.count
        output.append(batch.extracting(0..<RecordBatchHeader.byteCount))
        (header.attributes.compression ?? Compression.none).compress(kept.bytes, into: &output)
        output.overwrite(at: start + 8, Int32(output.count - start - RecordBatchHeader.prefixByteCount))
        output.overwrite(at: start + 21, header.attributes.rawValue)
        output.overwrite(at: start + 27, header.baseTimestamp.millisecondsSinceEpoch)
        output.overwrite(at: start + 35, header.maxTimestamp.millisecondsSinceEpoch)
        output.overwrite(at: start + 57, header.recordCount)
        let end = output.count
        let checksum = CRC32C.checksum(
            output.bytes.extracting((start + RecordBatchHeader.checksummedStart)..<end))
        output.overwrite(at: start + 17, checksum)
    }
}
