import Glibc
import MillraceCluster
import MillraceCore
import MillraceKafka

/// What our own record client can do alone: the ceiling of the stream cases over the wire. Through the port, with
/// nothing done with the records but what the port does: checksums, and what was aborted left out.
enum NativeCeiling {
    /// As the runtime sends them.
    private static let batchBytes = 256 << 10

    /// Committed records, counted batch by batch.
    static func consume(
        _ workload: Workload, _ brokers: CeilingCase.Brokers
    ) throws -> (Int, ResourceUsage) {
        let cluster = try KafkaCluster(
            bootstrapServers: brokers.servers, settings: brokers.settings, records: .native)
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "ceiling"))
        let partition = TopicPartition(workload.topic, 0)
        try consumer.assign([partition])
        try consumer.seek(partition, to: .zero)
        var fetched: [FetchedBatches] = []
        var records = 0
        var begin: (count: Int, usage: ResourceUsage)?
        let deadline = ContinuousClock.now + .seconds(300)
        while records < workload.records {
            guard ContinuousClock.now < deadline else {
                throw WrongResult(description: "\(records) of \(workload.records) records came")
            }
            _ = try consumer.poll(maxWait: .milliseconds(50), into: &fetched)
            for batches in fetched {
                for batch in batches.batches { records += Int(batch.header.recordCount) }
            }
            if begin == nil, records >= workload.records * 2 / 5 {
                begin = (records, .now(brokerID: brokers.brokerID))
            }
        }
        let result = try CeilingCase.since(begin, records, brokers.brokerID)
        consumer.close()
        return result
    }

    /// Exactly once: in transactions of 100 ms. The records are laid out as well, as librdkafka's are copied.
    static func produce(
        _ workload: Workload, _ brokers: CeilingCase.Brokers
    ) throws -> (Int, ResourceUsage) {
        let cluster = try KafkaCluster(
            bootstrapServers: brokers.servers, settings: brokers.settings, records: .native)
        let producer = try cluster.makeProducer(
            ProducerConfiguration(transactionalID: "millrace-benchmark-\(getpid())", clientID: "ceiling"))
        try producer.initializeTransactions()
        try producer.beginTransaction()
        let partition = TopicPartition(workload.topic, 0)
        let keys = (0..<workload.keys).map { Workload.key(UInt64($0)) }
        let value = [UInt8](repeating: 0x5a, count: Workload.valueBytes)
        var batch = RecordBatchBuilder(capacity: batchBytes * 2)
        var count = 0
        var begin: (count: Int, usage: ResourceUsage)?
        var nextCommit = ContinuousClock.now + .milliseconds(100)
        var failure: (any Error)?
        workload.forEachRecord { key, time in
            if failure != nil { return }
            let name = keys[Int(key)]
            batch.append(timestamp: Timestamp(time), key: name.span.bytes, value: value.span.bytes)
            count += 1
            guard batch.byteCount >= batchBytes else { return }
            do {
                try producer.send(&batch, to: partition)
                batch.reset()
                guard ContinuousClock.now >= nextCommit else { return }
                nextCommit = ContinuousClock.now + .milliseconds(100)
                try producer.commitTransaction()
                if begin == nil, count >= workload.records * 2 / 5 {
                    begin = (count, .now(brokerID: brokers.brokerID))
                }
                try producer.beginTransaction()
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if !batch.isEmpty { try producer.send(&batch, to: partition) }
        try producer.commitTransaction()
        producer.close()
        return try CeilingCase.since(begin, count, brokers.brokerID)
    }
}
