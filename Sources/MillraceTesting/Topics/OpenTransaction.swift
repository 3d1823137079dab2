import Millrace
import MillraceCluster
import MillraceCore

/// What one task of a test driver has written since its last commit. Stands where the thread's producer is: nobody
/// reads it before the commit. No I/O; owned by its task.
final class OpenTransaction: BatchSender {
    private let memory: TopicMemory
    private var records: [ProducedRecord] = []

    init(_ memory: TopicMemory) { self.memory = memory }

    func partitionCount(of topic: String) -> Int32 { memory.partitionCount(of: topic) }

    func send(_ batch: inout RecordBatchBuilder, to partition: TopicPartition) throws {
        batch.seal()
        let bytes = batch.bytes
        let header = try RecordBatchHeader(from: bytes)
        var cursor = RecordCursor(header: header, recordsAt: RecordBatchHeader.byteCount)
        while let slot = try cursor.next(in: bytes) {
            records.append(
                ProducedRecord(
                    topic: partition.topic, partition: partition.partition,
                    key: slot.key.map { [UInt8](copying: bytes.extracting($0)) },
                    value: slot.value.map { [UInt8](copying: bytes.extracting($0)) },
                    timestamp: slot.timestamp, headers: try slot.headers(in: bytes)))
        }
    }

    /// Makes what was written, and the positions, visible together.
    func commit(_ offsets: [TopicPartition: CommittedOffset]) {
        memory.commit(records, offsets)
        records = []
    }
}
