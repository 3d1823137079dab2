import Millrace
import MillraceCluster
import MillraceCore

/// Takes batches as a producer would and keeps their records in text, in the order in which they were sent.
final class FakeSender: BatchSender {
    struct Sent: Equatable {
        var partition: TopicPartition
        var key: String?
        var value: String?
        var timestamp: Int64
        var headers: Headers
    }
    private(set) var sent: [Sent] = []
    var partitionCounts: [String: Int32] = [:]

    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
        batch.seal()
        let bytes = batch.bytes
        var cursor = RecordCursor(
            header: try RecordBatchHeader(from: bytes), recordsAt: RecordBatchHeader.byteCount)
        while let slot = try cursor.next(in: bytes) {
            sent.append(
                Sent(
                    partition: partition, key: slot.key.map { bytes.extracting($0).lossyUTF8 },
                    value: slot.value.map { bytes.extracting($0).lossyUTF8 },
                    timestamp: slot.timestamp.millisecondsSinceEpoch, headers: try slot.headers(in: bytes)))
        }
    }

    func partitionCount(of topic: String) throws -> Int32 { partitionCounts[topic] ?? 1 }

    func endOffset(of partition: TopicPartition) -> Offset? {
        let count = sent.count { $0.partition == partition }
        return count == 0 ? nil : Offset(Int64(count))
    }
}

/// Batches as a consumer brings them.
enum Fetch {
    /// One fetch with a batch for each array of (key, value, timestamp); `gap` offsets lie behind each batch.
    static func make(
        _ partition: TopicPartition, at base: Int64 = 0, startOffset: Int64? = nil, gap: Int64 = 0,
        _ batches: [[(String?, String?, Int64)]]
    ) throws -> FetchedBatches {
        let buffer = SharedBuffer(capacity: 1_024)
        var fetched: [FetchedBatch] = []
        var offset = base
        for records in batches {
            var builder = RecordBatchBuilder()
            for (key, value, timestamp) in records {
                let keyBytes = Array((key ?? "").utf8)
                let valueBytes = Array((value ?? "").utf8)
                builder.append(
                    timestamp: Timestamp(timestamp), key: key == nil ? nil : keyBytes.span.bytes,
                    value: value == nil ? nil : valueBytes.span.bytes)
            }
            builder.seal(baseOffset: Offset(offset))
            let start = buffer.count
            buffer.fill { writer in writer.append(builder.bytes) }
            let header = try RecordBatchHeader(from: buffer.bytes, at: start)
            fetched.append(FetchedBatch(header: header, recordsStart: start + RecordBatchHeader.byteCount))
            offset = header.nextOffset.rawValue + gap
        }
        return FetchedBatches(
            partition: partition, buffer: buffer, batches: fetched, startOffset: Offset(startOffset ?? base),
            nextOffset: Offset(offset), highWatermark: Offset(offset), lastStableOffset: Offset(offset))
    }
}
