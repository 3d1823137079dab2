internal import MillraceCore
internal import MillraceLog

/// Reads an internal topic's partition from its start to its end, record by record, when the broker opens.
enum LogReplay {
    private static let chunkBytes = 1 << 20

    /// - Parameter visit: gets a batch's header, one of its records, and the bytes both lie in.
    static func forEachRecord(
        in partition: Partition,
        _ visit: (RecordBatchHeader, RecordSlot, borrowing ByteWriter) throws(RecordError) -> Void
    ) throws(BrokerError) {
        var writer = ByteWriter(capacity: chunkBytes)
        var offset = try partition.bounds().logStart
        while true {
            writer.removeAll()
            let fetch = try partition.fetch(
                from: offset, maxBytes: chunkBytes, isolation: .readUncommitted, into: &writer)
            if fetch.bytes.isEmpty { return }
            do {
                var position = fetch.bytes.lowerBound
                while position < fetch.bytes.upperBound {
                    let header = try RecordBatchHeader(from: writer.bytes, at: position)
                    try header.verifyChecksum(of: writer.bytes, at: position)
                    var cursor = RecordCursor(header: header, recordsAt: position + RecordBatchHeader.byteCount)
                    while let slot = try cursor.next(in: writer.bytes) { try visit(header, slot, writer) }
                    position += header.totalByteCount
                }
            } catch {
                throw BrokerError(.kafkaStorageError, "replay at offset \(offset): \(error)", partition: partition.id)
            }
            offset = fetch.nextOffset
        }
    }
}
