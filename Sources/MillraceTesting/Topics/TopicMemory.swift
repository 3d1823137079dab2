import Millrace
import MillraceCluster
import MillraceCore

/// The topics of a test driver: what was written and not read yet by the test, and the partitions that the topology
/// reads, or restores its stores from. It holds what is committed only: a task's open transaction is an
/// `OpenTransaction`. No I/O; owned by its driver.
final class TopicMemory {
    /// Written and not read by the test, by topic, oldest first.
    private var unread: [String: [ProducedRecord]] = [:]
    /// Topics that the topology has written to, in order of their first record.
    private(set) var topics: [String] = []
    private var logs: [TopicPartition: MemoryLog] = [:]
    private var committed: [TopicPartition: CommittedOffset] = [:]
    /// Partition counts of the topics that were given one.
    private let counts: [String: Int32]
    private var appended = 0
    private let countOfOthers: Int32
    /// Where the next record without a key goes, by topic.
    private var turns: [String: Int32] = [:]

    init(partitionCounts: [String: Int32], others: Int32) {
        counts = partitionCounts
        countOfOthers = others
    }

    func partitionCount(of topic: String) -> Int32 { counts[topic] ?? countOfOthers }

    /// Keeps the records of this partition from now on.
    func keepLog(of partition: TopicPartition) {
        if logs[partition] == nil { logs[partition] = MemoryLog() }
    }

    // MARK: Writing

    /// Appends a test's record where the topology reads it.
    /// - Throws: `TestDriverError.unknownPartition`.
    func append(input record: ProducedRecord) throws {
        let count = partitionCount(of: record.topic)
        var record = record
        let partition: Int32
        if let chosen = record.partition {
            partition = chosen
        } else if let key = record.key {
            partition = Murmur2.partition(key: key.span.bytes, of: count)
        } else {
            partition = turns[record.topic, default: 0]
            turns[record.topic] = (partition + 1) % count
        }
        guard (0..<count).contains(partition) else {
            throw TestDriverError.unknownPartition(topic: record.topic, partition: partition, count: count)
        }
        record.partition = partition
        append(record, to: TopicPartition(record.topic, partition))
    }

    /// Appends what a transaction wrote, and its positions: all of it becomes visible at once.
    func commit(_ records: [ProducedRecord], _ offsets: [TopicPartition: CommittedOffset]) {
        for record in records {
            if unread[record.topic] == nil {
                topics.append(record.topic)
                unread[record.topic] = []
            }
            unread[record.topic]?.append(record)
            append(record, to: TopicPartition(record.topic, record.partition ?? 0))
        }
        for (partition, offset) in offsets {
            committed[partition] = offset
            logs[partition]?.forget(before: offset.offset)
        }
    }

    private func append(_ record: ProducedRecord, to partition: TopicPartition) {
        appended += 1
        logs[partition]?.append(record, number: appended)
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

    func end(of partition: TopicPartition) -> Offset { logs[partition]?.end ?? .zero }

    func committedOffset(of partition: TopicPartition) -> CommittedOffset? { committed[partition] }

    /// A number that grows with every record of any partition: that of the record at `offset`. Nil at the end.
    func number(of partition: TopicPartition, at offset: Offset) -> Int? { logs[partition]?.number(at: offset) }

    /// The records from `offset` on; of a partition whose log is kept.
    func records(of partition: TopicPartition, from offset: Offset) -> ArraySlice<ProducedRecord> {
        logs[partition]?.records(from: offset) ?? []
    }

    /// A fetch that says where the partition ends and holds no records.
    func emptyFetch(_ partition: TopicPartition, at offset: Offset) -> FetchedBatches {
        let end = end(of: partition)
        return FetchedBatches(
            partition: partition, buffer: SharedBuffer(capacity: 1), batches: [], startOffset: offset,
            nextOffset: offset, highWatermark: end, lastStableOffset: end)
    }

    /// A fetch with all records from `offset` on; nil where there are none.
    func fetch(_ partition: TopicPartition, from offset: Offset) throws -> FetchedBatches? {
        let records = records(of: partition, from: offset)
        guard !records.isEmpty else { return nil }
        var builder = RecordBatchBuilder(capacity: 256)
        for record in records {
            builder.append(
                timestamp: record.timestamp, key: record.key?.span.bytes, value: record.value?.span.bytes,
                headers: record.headers)
        }
        builder.seal(baseOffset: offset)
        let buffer = SharedBuffer(capacity: builder.byteCount)
        buffer.fill { $0.append(builder.bytes) }
        let header = try RecordBatchHeader(from: buffer.bytes)
        let end = end(of: partition)
        return FetchedBatches(
            partition: partition, buffer: buffer,
            batches: [FetchedBatch(header: header, recordsStart: RecordBatchHeader.byteCount)],
            startOffset: offset, nextOffset: end, highWatermark: end, lastStableOffset: end)
    }
}

/// The records of one partition that may be read again.
private struct MemoryLog {
    /// Offset of the first record that is kept.
    private var start = Offset.zero
    private var kept: [ProducedRecord] = []
    private var numbers: [Int] = []

    var end: Offset { start.advanced(by: Int64(kept.count)) }

    mutating func append(_ record: ProducedRecord, number: Int) {
        kept.append(record)
        numbers.append(number)
    }

    func number(at offset: Offset) -> Int? {
        numbers.dropFirst(Int(offset.distance(from: start))).first
    }

    func records(from offset: Offset) -> ArraySlice<ProducedRecord> {
        precondition(offset >= start, "records before \(start) are forgotten; \(offset) was asked for")
        return kept.dropFirst(Int(offset.distance(from: start)))
    }

    /// What a reader has committed is not read again. Forgets in large steps, for few copies.
    mutating func forget(before offset: Offset) {
        let count = Int(offset.distance(from: start))
        guard count > 0, count >= min(64, kept.count) else { return }
        kept.removeFirst(count)
        numbers.removeFirst(count)
        start = offset
    }
}
