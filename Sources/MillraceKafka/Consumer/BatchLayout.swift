internal import CRdKafka
internal import MillraceCore

/// Lays records that librdkafka brought one by one out as batches in Kafka's format, magic 2, so that the runtime
/// reads them as it reads a log. Pure. Offsets and timestamps are the records' own; gaps that compaction, markers and
/// aborted data leave stay gaps. The batches carry no checksum, since nobody is to check them, and no producer.
struct BatchLayout: ~Copyable {
    private(set) var headers: [(header: RecordBatchHeader, recordsStart: Int)] = []
    /// Where the open batch begins; nil where none is open.
    private var start: Int?
    private var baseOffset: Int64 = 0
    private var lastOffset: Int64 = 0
    private var baseTimestamp: Int64 = 0
    private var maxTimestamp: Int64 = 0
    private var count: Int32 = 0

    /// One past the last record; nil before the first.
    private(set) var nextOffset: Int64?

    /// Appends a message that is a record.
    ///
    /// - Returns: false where its offset is not behind the others: it is not what was asked for.
    mutating func append(
        _ message: UnsafePointer<rd_kafka_message_t>, to writer: inout ByteWriter
    ) throws(RecordError) -> Bool {
        let offset = message.pointee.offset
        guard offset >= 0, offset >= nextOffset ?? 0 else { return false }
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(message, &type)
        if start != nil, offset - baseOffset >= Int64(Int32.max) { try close(&writer) }
        if start == nil { open(at: offset, timestamp, &writer) }
        let key = UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key_len)
        let value = UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len)
        writer.appendRecord(
            timestampDelta: timestamp &- baseTimestamp, offsetDelta: offset - baseOffset,
            key: message.pointee.key == nil ? nil : key.bytes,
            value: message.pointee.payload == nil ? nil : value.bytes,
            headers: BatchLayout.headers(of: message))
        maxTimestamp = max(maxTimestamp, timestamp)
        lastOffset = offset
        nextOffset = offset + 1
        count += 1
        return true
    }

    private mutating func open(at offset: Int64, _ timestamp: Int64, _ writer: inout ByteWriter) {
        start = writer.count
        writer.appendZeros(RecordBatchHeader.byteCount)
        baseOffset = offset
        baseTimestamp = timestamp
        maxTimestamp = timestamp
        count = 0
    }

    /// Writes the head of the open batch, if there is one.
    mutating func close(_ writer: inout ByteWriter) throws(RecordError) {
        guard let start else { return }
        self.start = nil
        writer.overwrite(at: start, baseOffset)
        writer.overwrite(at: start + 8, Int32(writer.count - start - RecordBatchHeader.prefixByteCount))
        writer.overwrite(at: start + 16, Int8(2))
        writer.overwrite(at: start + 23, Int32(lastOffset - baseOffset))
        writer.overwrite(at: start + 27, baseTimestamp)
        writer.overwrite(at: start + 35, maxTimestamp)
        writer.overwrite(at: start + 43, ProducerIdentity.none.id)
        writer.overwrite(at: start + 51, ProducerIdentity.none.epoch)
        writer.overwrite(at: start + 53, Int32(-1))
        writer.overwrite(at: start + 57, count)
        headers.append(
            (try RecordBatchHeader(from: writer.bytes, at: start), start + RecordBatchHeader.byteCount))
    }

    /// The empty list costs nothing.
    private static func headers(of message: UnsafePointer<rd_kafka_message_t>) -> Headers {
        if RecordInPlace.hasNoHeaders(message) { return .empty }
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, list != nil else {
            return .empty
        }
        return Headers(KafkaMessage(borrowing: message).headers)
    }
}
