internal import CRdKafka

/// Tells of a message whether it has headers without asking librdkafka, which allocates and frees memory for the
/// answer "none", for each record. Pure.
///
/// librdkafka does not copy what it fetches: key and value point into the response of the broker. Where the bytes
/// between them are the length of the value, as a varint, the record lies there as format 2 has it (Kafka docs,
/// "Record"), and the count of its headers comes next:
///
///     key | length of the value | value | count of the headers | …
enum RecordInPlace {
    /// False where that cannot be seen; then librdkafka is to be asked.
    static func hasNoHeaders(_ message: UnsafePointer<rd_kafka_message_t>) -> Bool {
        guard let key = message.pointee.key, let value = message.pointee.payload else { return false }
        let keyEnd = UnsafeRawPointer(key) + message.pointee.key_len
        let gap = UnsafeRawPointer(value) - keyEnd
        // A length of 31 bits takes five bytes at most.
        guard gap >= 1, gap <= 5 else { return false }
        var length = 0
        for index in 0..<gap {
            let byte = keyEnd.load(fromByteOffset: index, as: UInt8.self)
            // All but the last have the bit that says that there are more.
            guard (byte & 0x80 == 0) == (index == gap - 1) else { return false }
            length |= Int(byte & 0x7f) << (7 * index)
        }
        // As zigzag has it: twice the number.
        guard length == 2 * message.pointee.len else { return false }
        return UnsafeRawPointer(value).load(fromByteOffset: message.pointee.len, as: UInt8.self) == 0
    }
}
