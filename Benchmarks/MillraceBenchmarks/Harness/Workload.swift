import MillraceCluster
import MillraceCore

/// The records every stream case reads: 16-byte keys, 84-byte values, in batches of 600, one millisecond of event
/// time for every `recordsPerMillisecond`. The same seed gives the same bytes.
struct Workload {
    var topic = Topics.input
    var records = 4_000_000
    var keys = 10_000
    var recordsPerMillisecond = 100
    var partitions: Int32 = 1
    var seed: UInt64 = 88_172_645_463_325_252

    static let keyBytes = 16
    static let valueBytes = 84

    var byteCount: Int { records * (Workload.keyBytes + Workload.valueBytes) }

    /// Makes the topic and writes the records, outside any transaction.
    func write(to cluster: any Cluster) throws {
        try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: partitions))
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "workload"))
        var generator = XorShift(seed: seed)
        let value = (0..<Workload.valueBytes).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        var batch = RecordBatchBuilder(capacity: 1 << 17)
        for index in 0..<records {
            let key = Workload.key(generator.next() % UInt64(keys))
            batch.append(
                timestamp: Timestamp(1_700_000_000_000 + Int64(index / recordsPerMillisecond)),
                key: key.span.bytes, value: value.span.bytes)
            if batch.count == 600 || index == records - 1 {
                try producer.send(&batch, to: TopicPartition(topic, Int32(index / 600) % partitions))
                batch.reset()
            }
        }
        try producer.flush()
        producer.close()
    }

    /// Makes a topic with one row for each key.
    func writeRows(to cluster: any Cluster, topic: String) throws {
        try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: partitions))
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "workload"))
        let value = [UInt8](repeating: UInt8(ascii: "r"), count: Workload.valueBytes)
        for partition in 0..<partitions {
            var batch = RecordBatchBuilder(capacity: 1 << 17)
            for index in 0..<keys {
                let key = Workload.key(UInt64(index))
                batch.append(
                    timestamp: Timestamp(1_699_999_999_000), key: key.span.bytes, value: value.span.bytes)
                if batch.count == 600 || index == keys - 1 {
                    try producer.send(&batch, to: TopicPartition(topic, partition))
                    batch.reset()
                }
            }
        }
        try producer.flush()
        producer.close()
    }

    /// The same records over several topics: the first keeps its seed, the others have their own.
    func parts(_ topics: [String]) -> [Workload] {
        topics.enumerated().map { index, topic in
            var part = self
            part.topic = topic
            part.records = records / topics.count
            part.recordsPerMillisecond = max(1, recordsPerMillisecond / topics.count)
            part.seed = seed &+ UInt64(index)
            return part
        }
    }

    /// The records' keys by number, and their times, as `write` writes them.
    func forEachRecord(_ body: (_ key: UInt64, _ time: Int64) -> Void) {
        var generator = XorShift(seed: seed)
        for _ in 0..<Workload.valueBytes { _ = generator.next() }
        for index in 0..<records {
            body(generator.next() % UInt64(keys), 1_700_000_000_000 + Int64(index / recordsPerMillisecond))
        }
    }

    /// The key of this number: hex digits, so that keys look alike and differ at the end.
    static func key(_ number: UInt64) -> [UInt8] {
        var key = [UInt8](repeating: UInt8(ascii: "0"), count: keyBytes)
        var rest = number
        for position in stride(from: keyBytes - 1, through: 0, by: -1) {
            let digit = UInt8(rest & 15)
            key[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
        return key
    }
}

/// Marsaglia's xorshift: fast, seeded, the same everywhere.
struct XorShift {
    private var state: UInt64

    init(seed: UInt64) { state = seed == 0 ? 1 : seed }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
