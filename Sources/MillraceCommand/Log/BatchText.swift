internal import MillraceCore
internal import MillraceLog

/// What a batch and its records say of themselves. Pure.
enum BatchText {
    static func members(of batch: PartitionFiles.Batch) -> [(String, JSON)] {
        let header = batch.header
        let hasProducer = !header.producer.isNone
        return [
            ("baseOffset", JSON(header.baseOffset.rawValue)), ("lastOffset", JSON(header.lastOffset.rawValue)),
            ("records", JSON(header.recordCount)), ("position", JSON(batch.position)),
            ("bytes", JSON(header.totalByteCount)),
            ("codec", JSON(header.attributes.compression.map { "\($0)" } ?? "unknown")),
            ("maxTimestamp", JSON(header.maxTimestamp.millisecondsSinceEpoch)),
            ("leaderEpoch", JSON(header.partitionLeaderEpoch)),
            ("producerId", hasProducer ? JSON(header.producer.id) : .null),
            ("producerEpoch", hasProducer ? JSON(header.producer.epoch) : .null),
            ("baseSequence", header.baseSequence >= 0 ? JSON(header.baseSequence) : .null),
            ("transactional", .bool(header.attributes.isTransactional)),
            ("control", .bool(header.attributes.isControl)),
            ("logAppendTime", .bool(header.attributes.usesLogAppendTime)),
            ("checksum", JSON(batch.damage == nil ? "ok" : "wrong")),
        ]
    }

    static func forEachRecord(
        of header: RecordBatchHeader, _ bytes: RawSpan, _ decoder: RecordDecoder, _ body: ([(String, JSON)]) -> Void
    ) throws(RecordError) {
        var writer = ByteWriter(capacity: bytes.byteCount)
        try header.decompressRecords(of: bytes, into: &writer)
        var cursor = RecordCursor(header: header, recordsAt: 0)
        while let slot = try cursor.next(in: writer.bytes) {
            if header.attributes.isControl {
                body(try control(slot, writer.bytes))
                continue
            }
            let headers = try slot.headers(in: writer.bytes)
            let key = slot.key.map { [UInt8](copying: writer.bytes.extracting($0)) }
            let value = slot.value.map { [UInt8](copying: writer.bytes.extracting($0)) }
            body(
                [("offset", JSON(slot.offset.rawValue)), ("timestamp", JSON(slot.timestamp.millisecondsSinceEpoch))]
                    + decoder.members(key: key, value: value)
                    + [("headers", headers.isEmpty ? .null : JSON(BytesText.shown(headers)))])
        }
    }

    private static func control(_ slot: RecordSlot, _ bytes: RawSpan) throws(RecordError) -> [(String, JSON)] {
        guard let key = slot.key, let value = slot.value else {
            throw .malformed("a control record without key or value")
        }
        let record = try ControlRecord(key: bytes.extracting(key), value: bytes.extracting(value))
        return [
            ("offset", JSON(slot.offset.rawValue)), ("timestamp", JSON(slot.timestamp.millisecondsSinceEpoch)),
            ("marker", JSON("\(record.outcome)")), ("coordinatorEpoch", JSON(record.coordinatorEpoch)),
        ]
    }
}
