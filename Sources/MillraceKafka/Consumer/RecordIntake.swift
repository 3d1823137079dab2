internal import CRdKafka
internal import MillraceCore

/// What one fetch of a partition takes from librdkafka's queue: records, laid out as batches, until there are enough
/// of them or something else comes. No I/O; lives during one fetch, on the consumer's thread.
struct RecordIntake: ~Copyable {
    private let byteLimit: Int
    private let writer: UnsafeMutablePointer<ByteWriter>
    private var layout = BatchLayout()
    /// The offset that is wanted next: after what came.
    private(set) var next: Int64
    /// Everything before it has been read, and it is where the decided records end; nil where nothing told so.
    private(set) var knownEnd: Int64?
    /// What ended the reading of this partition.
    private(set) var failure: KafkaError?
    /// Of the values that came, which is what librdkafka limits its queues by.
    private(set) var payloadBytes = 0
    private var malformed: RecordError?

    /// What has been laid out so far.
    var byteCount: Int { writer.pointee.count }

    /// - Parameters:
    ///   - writer: where the batches go; must outlive the intake.
    ///   - position: the first offset that is wanted.
    ///   - byteLimit: how much it asks for.
    init(into writer: UnsafeMutablePointer<ByteWriter>, from position: Int64, byteLimit: Int) {
        self.writer = writer
        self.byteLimit = byteLimit
        next = position
    }

    /// Whether no more messages are to be asked for.
    var isFull: Bool { byteCount >= byteLimit || failure != nil || malformed != nil }

    /// Takes over what a message says; the caller frees it.
    mutating func take(_ message: UnsafePointer<rd_kafka_message_t>) {
        // What comes after an error is read again, by another reader.
        guard failure == nil else { return }
        payloadBytes &+= message.pointee.len
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR: append(message)
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            // Where the decided records end, markers and aborted data included.
            next = max(next, message.pointee.offset)
            knownEnd = next
        case let code:
            let error = KafkaError(code, text(rd_kafka_message_errstr(message)))
            if error.reaction != .retry { failure = error }
        }
    }

    private mutating func append(_ message: UnsafePointer<rd_kafka_message_t>) {
        guard message.pointee.offset >= next else { return }
        // A local: built with the thread sanitizer, reading `self.writer` below counts as an access to `layout`.
        let writer = writer
        // Room for all at once: a buffer that grows is copied.
        if byteCount == 0 { writer.pointee.reserve(byteLimit) }
        do {
            if try layout.append(message, to: &writer.pointee) { next = message.pointee.offset + 1 }
        } catch {
            malformed = error
        }
    }

    /// Ends the last batch and returns where they all lie.
    mutating func finish() throws(RecordError) -> [(header: RecordBatchHeader, recordsStart: Int)] {
        if let malformed { throw malformed }
        let writer = writer
        try layout.close(&writer.pointee)
        return layout.headers
    }
}
