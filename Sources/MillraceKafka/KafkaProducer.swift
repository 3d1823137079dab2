internal import CRdKafka
package import MillraceCore

/// Sends records through librdkafka. One owner, one thread: reports of deliveries come to whoever calls `poll`,
/// `flush` or one of the transaction calls, on that thread. Does I/O on librdkafka's threads.
///
///     var producer = try KafkaProducer(settings)
///     while try !producer.send(record, to: "lines") { try producer.poll { … } }
///     try producer.flush(timeout: .seconds(30)) { … }
package struct KafkaProducer: ~Copyable {
    /// A record to be sent.
    package struct Outgoing: Sendable {
        package var key: [UInt8]?
        package var value: [UInt8]?
        package var headers: [Header] = []
        /// Nil: now.
        package var timestamp: Timestamp?
        /// Nil: by the hash of the key.
        package var partition: Int32?

        package init(key: [UInt8]?, value: [UInt8]?) {
            self.key = key
            self.value = value
        }
    }

    /// How long the threads that send have to see that nothing lingers any more.
    private static let flushMilliseconds: Int32 = 1

    // Given back in this order: a client with a queue that is still held never ends, and it rings the bell until then.
    private let queue: KafkaQueue
    let instance: KafkaInstance
    private var bell: KafkaBell?

    package init(_ settings: borrowing KafkaSettings) throws(KafkaError) {
        instance = try KafkaInstance(RD_KAFKA_PRODUCER, settings)
        queue = KafkaQueue(owning: rd_kafka_queue_get_main(instance.handle))
        bell = nil
    }

    deinit {
        // Nobody waits for what was not flushed.
        rd_kafka_purge(instance.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    }

    /// Puts a record into the local queue; it is copied.
    ///
    /// - Parameter tag: comes back with the report.
    /// - Returns: false where the queue is full: poll, then try again.
    package mutating func send(_ record: Outgoing, to topic: String, tag: Int = 0) throws(KafkaError) -> Bool {
        var fields = [rd_kafka_vu_t]()
        fields.reserveCapacity(8)
        fields.append(.make(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = record.partition ?? RD_KAFKA_PARTITION_UA })
        fields.append(.make(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = RD_KAFKA_MSG_F_COPY })
        fields.append(.make(RD_KAFKA_VTYPE_OPAQUE) { $0.ptr = UnsafeMutableRawPointer(bitPattern: tag) })
        if let time = record.timestamp {
            fields.append(.make(RD_KAFKA_VTYPE_TIMESTAMP) { $0.i64 = time.millisecondsSinceEpoch })
        }
        let headers = record.headers.isEmpty ? nil : KafkaProducer.makeHeaders(record.headers)
        if let headers { fields.append(.make(RD_KAFKA_VTYPE_HEADERS) { $0.headers = headers }) }
        let error = topic.withCString { topic in
            fields.append(.make(RD_KAFKA_VTYPE_TOPIC) { $0.cstr = topic })
            return KafkaProducer.withBytes(record.key) { key, keyCount in
                KafkaProducer.withBytes(record.value) { value, valueCount in
                    fields.append(.makeBytes(RD_KAFKA_VTYPE_KEY, key, keyCount))
                    fields.append(.makeBytes(RD_KAFKA_VTYPE_VALUE, value, valueCount))
                    return rd_kafka_produceva(instance.handle, fields, fields.count)
                }
            }
        }
        guard let error else { return true }
        // Only of a record that was taken librdkafka owns the headers.
        if let headers { rd_kafka_headers_destroy(headers) }
        let failure = KafkaError(consuming: error)
        guard failure.isQueueFull else { throw failure }
        return false
    }

    /// Takes what happened: reports of deliveries, errors of the client.
    ///
    /// - Returns: whether anything had happened.
    /// - Throws: a fatal error.
    @discardableResult
    package mutating func poll(
        timeout: Duration = .zero, _ onReport: (borrowing KafkaMessage) -> Void
    ) throws(KafkaError) -> Bool {
        var wait = timeout
        var hasHappened = false
        while let event = queue.poll(timeout: wait) {
            wait = .zero
            hasHappened = true
            switch event.kind {
            case .deliveries: event.forEachMessage(onReport)
            case .failure(let error) where error.reaction == .fatal || error.reaction == .fenced:
                throw instance.lastingError() ?? error
            default: break
            }
        }
        return hasHappened
    }

    /// As `poll`, with a wait of less than milliseconds: takes what has happened, or sleeps until something does, at
    /// most so long, and takes that.
    package mutating func poll(
        nanoseconds: UInt64, _ onReport: (borrowing KafkaMessage) -> Void
    ) throws(KafkaError) {
        var count = 0
        try poll {
            count += 1
            onReport($0)
        }
        guard count == 0 else { return }
        if bell == nil { bell = KafkaBell(on: queue) }
        bell?.wait(nanoseconds: nanoseconds)
        try poll(onReport)
    }

    /// Records and requests that have not been answered.
    package var pendingCount: Int { Int(rd_kafka_outq_len(instance.handle)) }

    /// Waits until everything sent has been reported, at most so long.
    package mutating func flush(
        timeout: Duration, _ onReport: (borrowing KafkaMessage) -> Void
    ) throws(KafkaError) {
        let deadline = ContinuousClock.now + timeout
        try poll(onReport)
        var isTold = false
        while pendingCount > 0 {
            let left = deadline - .now
            guard left > .zero else { throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "\(pendingCount) not delivered") }
            // What lingers is sent at once, by threads that have to see this call before it is over; so it takes its
            // time. Reports come to our queue: the rest of the wait is ours.
            if !isTold { _ = rd_kafka_flush(instance.handle, KafkaProducer.flushMilliseconds) }
            isTold = try poll(timeout: min(left, .milliseconds(20)), onReport)
        }
    }

    // MARK: Transactions

    package mutating func initTransactions(timeout: Duration) throws(KafkaError) {
        try check(consuming: rd_kafka_init_transactions(instance.handle, timeout.kafkaMilliseconds))
    }

    package mutating func beginTransaction() throws(KafkaError) {
        try check(consuming: rd_kafka_begin_transaction(instance.handle))
    }

    /// Everything sent must have been reported (`flush`).
    package mutating func commitTransaction(timeout: Duration) throws(KafkaError) {
        try check(consuming: rd_kafka_commit_transaction(instance.handle, timeout.kafkaMilliseconds))
    }

    package mutating func abortTransaction(timeout: Duration) throws(KafkaError) {
        try check(consuming: rd_kafka_abort_transaction(instance.handle, timeout.kafkaMilliseconds))
    }

    /// Makes the positions of a group part of the transaction (KIP-447).
    package mutating func sendOffsets(
        _ positions: [KafkaPosition], of group: borrowing KafkaGroupMetadata, timeout: Duration
    ) throws(KafkaError) {
        let list = PartitionList(positions)
        try check(
            consuming: rd_kafka_send_offsets_to_transaction(
                instance.handle, list.handle, group.handle, timeout.kafkaMilliseconds))
    }

    // MARK: Parts

    static func makeHeaders(_ headers: [Header]) -> OpaquePointer {
        let list: OpaquePointer = rd_kafka_headers_new(headers.count)
        for header in headers {
            withBytes(header.value) { value, count in
                _ = rd_kafka_header_add(list, header.name, -1, value, count)
            }
        }
        return list
    }

    /// A null pointer is a null value; of an empty one the pointer is not null.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawPointer?, Int) -> Result
    ) -> Result {
        guard let bytes else { return body(nil, 0) }
        guard !bytes.isEmpty else { return withUnsafeBytes(of: UInt8(0)) { body($0.baseAddress, 0) } }
        return bytes.withUnsafeBytes { body($0.baseAddress, $0.count) }
    }

    /// A topic for the fast path of many equal records.
    package func makeTopic(_ name: String) throws(KafkaError) -> KafkaTopic {
        guard let topic = rd_kafka_topic_new(instance.handle, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), name)
        }
        return KafkaTopic(owning: topic)
    }
}

/// The one owner of a `rd_kafka_topic_t` of a producer; not to be used after the producer.
package struct KafkaTopic: ~Copyable {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { rd_kafka_topic_destroy(handle) }

    /// Puts a record with a value and without key and headers into the local queue; false where it is full.
    package borrowing func send(_ value: RawSpan, tag: Int = 0) throws(KafkaError) -> Bool {
        let result = value.withUnsafeBytes { bytes in
            rd_kafka_produce(
                handle, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                bytes.count, nil, 0, UnsafeMutableRawPointer(bitPattern: tag))
        }
        guard result != 0 else { return true }
        let code = rd_kafka_last_error()
        guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else { throw KafkaError(code) }
        return false
    }
}

extension rd_kafka_vu_t {
    fileprivate static func make(
        _ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_t.__Unnamed_union_u) -> Void
    ) -> rd_kafka_vu_t {
        var field = rd_kafka_vu_t()
        field.vtype = type
        fill(&field.u)
        return field
    }

    fileprivate static func makeBytes(
        _ type: rd_kafka_vtype_t, _ start: UnsafeRawPointer?, _ count: Int
    ) -> rd_kafka_vu_t {
        make(type) {
            $0.mem.ptr = UnsafeMutableRawPointer(mutating: start)
            $0.mem.size = count
        }
    }
}
