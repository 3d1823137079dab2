import MillraceCore

extension TaskContext {
    /// Writes the record being processed as it came, with the failure in headers, in the current transaction.
    func writeDeadLetter(to topic: String, _ failed: FailedRecord) throws {
        let writer = try collector.writer(for: topic)
        var headers = rawRecord?.headers ?? .empty
        headers.append(Header("__millrace.error", "\(failed.error)"))
        headers.append(Header("__millrace.node", failed.node))
        if let source = failed.source {
            headers.append(Header("__millrace.topic", source.topic))
            headers.append(Header("__millrace.partition", "\(source.partition)"))
            headers.append(Header("__millrace.offset", "\(source.offset)"))
        }
        let timestamp = rawRecord?.timestamp ?? wallClockTime
        let key = rawRecord?.key
        let value = rawRecord?.value
        try writer.append(
            key: key?.span.bytes, value: value?.span.bytes, timestamp: timestamp, headers: headers)
    }
}

/// A copy of a record's bytes, made only when a dead letter is written.
struct RawRecord {
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Timestamp
    var headers: Headers
}
