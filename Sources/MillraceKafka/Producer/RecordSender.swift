internal import CRdKafka
internal import MillraceCore

/// Hands the records of batches to librdkafka one by one: its interface for batches of messages knows neither
/// timestamps nor headers. Each record is copied once, into librdkafka's message; nothing else is allocated for it but
/// by headers. Owned by the producer's thread; no I/O.
final class RecordSender {
    private let instance: OpaquePointer
    /// Topics by the index that `topic` gave.
    private var topics: [OpaquePointer] = []
    private var topicIndexes: [String: Int] = [:]
    /// What is said of one record, kept from record to record.
    private let fields = UnsafeMutableBufferPointer<rd_kafka_vu_t>.allocate(capacity: 8)

    private enum Field {
        static let topic = 0
        static let partition = 1
        static let flags = 2
        static let tag = 3
        static let timestamp = 4
        static let key = 5
        static let value = 6
        static let headers = 7
    }

    /// - Parameter instance: must outlive the sender.
    init(_ instance: OpaquePointer) {
        self.instance = instance
        fields.initialize(repeating: rd_kafka_vu_t())
        fields[Field.topic].vtype = RD_KAFKA_VTYPE_RKT
        fields[Field.partition].vtype = RD_KAFKA_VTYPE_PARTITION
        fields[Field.flags].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        fields[Field.flags].u.i = RD_KAFKA_MSG_F_COPY
        fields[Field.tag].vtype = RD_KAFKA_VTYPE_OPAQUE
        fields[Field.timestamp].vtype = RD_KAFKA_VTYPE_TIMESTAMP
        fields[Field.key].vtype = RD_KAFKA_VTYPE_KEY
        fields[Field.value].vtype = RD_KAFKA_VTYPE_VALUE
        fields[Field.headers].vtype = RD_KAFKA_VTYPE_HEADERS
    }

    deinit {
        for topic in topics { rd_kafka_topic_destroy(topic) }
        fields.deallocate()
    }

    /// The index of a topic, for `send`.
    func topic(_ name: String) throws(KafkaError) -> Int {
        if let index = topicIndexes[name] { return index }
        guard let topic = rd_kafka_topic_new(instance, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), name)
        }
        topics.append(topic)
        topicIndexes[name] = topics.count - 1
        return topics.count - 1
    }

    /// Sends the records that lie at `position` of `bytes`.
    ///
    /// - Parameters:
    ///   - tag: comes back with the reports.
    ///   - onFullQueue: waits for room in librdkafka's queue.
    func send(
        _ header: RecordBatchHeader, recordsAt position: Int, in bytes: RawSpan, topic: Int, partition: Int32,
        tag: Int, onFullQueue: () throws(KafkaError) -> Void
    ) throws(KafkaError) {
        fields[Field.topic].u.rkt = topics[topic]
        fields[Field.partition].u.i32 = partition
        fields[Field.tag].u.ptr = UnsafeMutableRawPointer(bitPattern: tag)
        var cursor = RecordCursor(header: header, recordsAt: position)
        while let slot = try RecordSender.next(&cursor, in: bytes) {
            // librdkafka takes 0 for "now", which would throw a stream's time by decades; a millisecond is the next
            // best.
            let time = slot.timestamp.millisecondsSinceEpoch
            fields[Field.timestamp].u.i64 = time == 0 ? 1 : time
            while let failure = try produce(slot, in: bytes) {
                guard failure.isQueueFull else { throw failure }
                try onFullQueue()
            }
        }
    }

    private static func next(_ cursor: inout RecordCursor, in bytes: RawSpan) throws(KafkaError) -> RecordSlot? {
        do throws(RecordError) {
            return try cursor.next(in: bytes)
        } catch {
            throw KafkaError(RD_KAFKA_RESP_ERR__BAD_MSG, "\(error)")
        }
    }

    /// Returns why librdkafka did not take the record.
    private func produce(_ slot: RecordSlot, in bytes: RawSpan) throws(KafkaError) -> KafkaError? {
        let headers = slot.headerCount == 0 ? nil : try RecordSender.headers(of: slot, in: bytes)
        fields[Field.headers].u.headers = headers
        let error = bytes.withUnsafeBytes { buffer in
            RecordSender.set(&fields[Field.key], slot.key, buffer)
            RecordSender.set(&fields[Field.value], slot.value, buffer)
            return rd_kafka_produceva(instance, fields.baseAddress, headers == nil ? 7 : 8)
        }
        guard let error else { return nil }
        // Only of a record that was taken librdkafka owns the headers.
        if let headers { rd_kafka_headers_destroy(headers) }
        return KafkaError(consuming: error)
    }

    /// A null pointer is a null value.
    private static func set(_ field: inout rd_kafka_vu_t, _ range: Range<Int>?, _ buffer: UnsafeRawBufferPointer) {
        guard let range, let start = buffer.baseAddress else {
            field.u.mem.ptr = nil
            field.u.mem.size = 0
            return
        }
        field.u.mem.ptr = UnsafeMutableRawPointer(mutating: start + range.lowerBound)
        field.u.mem.size = range.count
    }

    private static func headers(of slot: RecordSlot, in bytes: RawSpan) throws(KafkaError) -> OpaquePointer? {
        do throws(RecordError) {
            return KafkaProducer.makeHeaders(Array(try slot.headers(in: bytes)))
        } catch {
            throw KafkaError(RD_KAFKA_RESP_ERR__BAD_MSG, "\(error)")
        }
    }
}
