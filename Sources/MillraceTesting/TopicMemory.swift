import Millrace
import MillraceCluster
import MillraceCore

/// The topics of a test driver: what was written and not read yet, and what waits to be fed back because the topology
/// reads it too. Stands where the thread's producer and consumer are. No I/O; owned by its driver.
final class TopicMemory: BatchSender {
    /// Written and not read by the test, by topic, oldest first.
    private var unread: [String: [ProducedRecord]] = [:]
    /// Topics in order of their first record.
    private(set) var topics: [String] = []
    /// Topics that the topology reads.
    private var fedBack: Set<String> = []
    /// Written to topics that the topology reads, in order of writing.
    private var waiting: [ProducedRecord] = []
    /// The offset of the next record the topology reads, by topic.
    private var nextOffsets: [String: Offset] = [:]

    func feedBack(_ topics: some Sequence<String>) { fedBack.formUnion(topics) }

    // MARK: The topology writes

    func partitionCount(of topic: String) -> Int32 { 1 }

    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
        batch.seal()
        let bytes = batch.bytes
        let header = try RecordBatchHeader(from: bytes)
        var cursor = RecordCursor(header: header, recordsAt: RecordBatchHeader.byteCount)
        while let slot = try cursor.next(in: bytes) {
            keep(
                ProducedRecord(
                    topic: partition.topic, partition: partition.partition,
                    key: slot.key.map { [UInt8](copying: bytes.extracting($0)) },
                    value: slot.value.map { [UInt8](copying: bytes.extracting($0)) },
                    timestamp: slot.timestamp, headers: try slot.headers(in: bytes)))
        }
    }

    private func keep(_ record: ProducedRecord) {
        if unread[record.topic] == nil {
            topics.append(record.topic)
            unread[record.topic] = []
        }
        unread[record.topic]?.append(record)
        if fedBack.contains(record.topic) { waiting.append(record) }
    }

    // MARK: The test reads

    func unreadCount(of topic: String) -> Int { unread[topic]?.count ?? 0 }

    func first(of topic: String) -> ProducedRecord? { unread[topic]?.first }

    func dropFirst(of topic: String) { unread[topic]?.removeFirst() }

    func takeAll(of topic: String) -> [ProducedRecord] {
        let records = unread[topic] ?? []
        if !records.isEmpty { unread[topic] = [] }
        return records
    }

    // MARK: The topology reads

    /// What was written for the topology itself since the last call, in order of writing.
    func takeWaiting() -> [ProducedRecord] {
        defer { waiting = [] }
        return waiting
    }

    /// A fetch with this one record, at the topic's next offset.
    func fetch(_ record: ProducedRecord) throws -> FetchedBatches {
        let offset = nextOffsets[record.topic] ?? .zero
        let next = offset.advanced(by: 1)
        nextOffsets[record.topic] = next
        var builder = RecordBatchBuilder(capacity: 256)
        builder.append(
            timestamp: record.timestamp, key: record.key?.span.bytes, value: record.value?.span.bytes,
            headers: record.headers)
        builder.seal(baseOffset: offset)
        let buffer = SharedBuffer(capacity: builder.byteCount)
        buffer.fill { $0.append(builder.bytes) }
        let header = try RecordBatchHeader(from: buffer.bytes)
        return FetchedBatches(
            partition: TopicPartition(record.topic, 0), buffer: buffer,
            batches: [FetchedBatch(header: header, recordsStart: RecordBatchHeader.byteCount)],
            startOffset: offset, nextOffset: next, highWatermark: next, lastStableOffset: next)
    }
}
