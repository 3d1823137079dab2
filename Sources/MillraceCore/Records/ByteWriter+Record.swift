/// One record of a batch, magic 2, as varints and bytes (Kafka docs, "Record"): length, attributes, timestamp delta,
/// offset delta, key, value, headers. Pure; used by whoever lays out a batch.
extension ByteWriter {
    /// Appends a record. Null keys and values are nil.
    @inlinable
    package mutating func appendRecord(
        timestampDelta: Int64, offsetDelta: Int64, key: RawSpan?, value: RawSpan?, headers: Headers
    ) {
        let keyLength = RecordBatchBuilder.length(of: key)
        let valueLength = RecordBatchBuilder.length(of: value)
        let headerBytes = headers.isEmpty ? 1 : RecordBatchBuilder.size(of: headers)
        let length =
            1 + Varint.size(timestampDelta) + Varint.size(offsetDelta)
            + Varint.size(Int64(keyLength)) + max(keyLength, 0)
            + Varint.size(Int64(valueLength)) + max(valueLength, 0) + headerBytes
        // One check for room; then straight into the buffer.
        reserve(length &+ Varint.maxBytes64)
        unsafe uncheckedAppend(unsignedVarint: Varint.zigZag(Int64(length)))
        unsafe uncheckedAppend(unsignedVarint: 0)  // attributes: no bit is defined
        unsafe uncheckedAppend(unsignedVarint: Varint.zigZag(timestampDelta))
        unsafe uncheckedAppend(unsignedVarint: Varint.zigZag(offsetDelta))
        unsafe uncheckedAppend(nullable: key)
        unsafe uncheckedAppend(nullable: value)
        if headers.isEmpty { unsafe uncheckedAppend(unsignedVarint: 0) } else { append(headers) }
    }

    @usableFromInline
    mutating func append(_ headers: Headers) {
        append(varint: Int64(headers.count))
        for header in headers {
            append(varint: Int64(header.name.utf8.count))
            append(utf8: header.name)
            append(varint: Int64(header.value?.count ?? -1))
            if let value = header.value { append(contentsOf: value) }
        }
    }
}
