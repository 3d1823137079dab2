import MillraceCluster
import MillraceCore

/// Reads a whole output topic, committed records only, to check a run.
enum OutputFold {
    static func records(of topic: String, in run: StreamRun) throws -> Int {
        var count = 0
        try forEach(topic, run) { _, _, _ in count += 1 }
        return count
    }

    /// The sum over all keys of the last value, an Int64; nothing for a key that was deleted.
    static func sumOfLastCounts(of topic: String, in run: StreamRun) throws -> Int {
        var last: [[UInt8]: Int64] = [:]
        try forEach(topic, run) { bytes, key, value in
            let key = [UInt8](copying: bytes.extracting(key))
            var reader = ByteReader(position: value?.lowerBound ?? 0)
            last[key] = value == nil ? nil : try reader.read(from: bytes)
        }
        return last.values.reduce(0) { $0 + Int($1) }
    }

    private static func forEach(
        _ topic: String, _ run: StreamRun, _ body: (RawSpan, Range<Int>, Range<Int>?) throws -> Void
    ) throws {
        let partitions = (0..<run.workload.partitions).map { TopicPartition(topic, $0) }
        var open: [TopicPartition: Offset] = [:]
        for partition in partitions {
            open[partition] = try run.cluster.admin.offset(of: partition, at: .latest(.readCommitted))
        }
        let consumer = try run.cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "check"))
        defer { consumer.close() }
        try consumer.assign(partitions)
        var fetches: [FetchedBatches] = []
        while !open.isEmpty {
            fetches.removeAll(keepingCapacity: true)
            _ = try consumer.poll(maxWait: .milliseconds(100), into: &fetches)
            for fetch in fetches {
                let bytes = fetch.buffer.bytes
                for batch in fetch.batches {
                    var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
                    while let slot = try cursor.next(in: bytes) {
                        guard slot.offset >= fetch.startOffset, let key = slot.key else { continue }
                        try body(bytes, key, slot.value)
                    }
                }
            }
            for partition in partitions {
                if let end = open[partition], try consumer.position(of: partition) >= end { open[partition] = nil }
            }
        }
    }
}
