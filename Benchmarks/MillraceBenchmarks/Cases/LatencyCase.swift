import Foundation
import Millrace
import MillraceCluster
import MillraceCore

/// S8: records come at a fixed rate, whether or not the job keeps up; each one's latency runs from the time it was due
/// to the time a consumer that reads committed data has it (PERFORMANCE.md, "What to report", 6). The generator and the
/// consumer are threads of this process, since the embedded broker is: their CPU time is part of the figures.
struct LatencyCase {
    var directory: String
    var recordsPerSecond: Int
    var commitInterval: Duration
    var duration: Duration = .seconds(20)
    /// Left out of the figures.
    var warmUp: Duration = .seconds(3)

    struct Result {
        var sorted: [UInt64]

        func percentile(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1e6
        }
    }

    func run(at place: Place) throws -> Result {
        try place.withCluster(in: directory) { cluster in try run(on: cluster, threadPlacement: place.threadPlacement) }
    }

    private func run(on cluster: any Cluster, threadPlacement: ThreadPlacement) throws -> Result {
        for topic in [Topics.input, Topics.output] {
            try cluster.admin.createTopic(TopicSpecification(name: topic, partitionCount: 1))
        }
        let builder = StreamsBuilder()
        builder.stream(Topics.input, Consumed(key: BytesSerde(), value: BytesSerde())).to(Topics.output)
        let application = try StreamsApplication(
            try builder.build(),
            StreamsConfiguration(
                applicationID: "\(Topics.prefix)\(SystemClock().now().millisecondsSinceEpoch)", cluster: cluster,
                stateDirectory: directory + "/state", threadPlacement: threadPlacement, commitInterval: commitInterval))
        try application.start()
        let total = recordsPerSecond * Int(duration.wholeMilliseconds) / 1_000
        let generator = Thread { [self] in try? generate(total, into: cluster) }
        generator.start()
        let result = try collect(total, from: cluster)
        _ = application.close(timeout: .seconds(30))
        return result
    }

    /// Sends what is due, wakes up again a millisecond later.
    private func generate(_ total: Int, into cluster: any Cluster) throws {
        let clock = SystemClock()
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "generator"))
        let start = clock.monotonicNanoseconds()
        let interval = 1_000_000_000 / UInt64(recordsPerSecond)
        let padding = [UInt8](repeating: 0x5a, count: Workload.valueBytes - 8)
        var batch = RecordBatchBuilder()
        var value = ByteWriter(capacity: Workload.valueBytes)
        var sent = 0
        while sent < total {
            let now = clock.monotonicNanoseconds()
            batch.reset()
            while sent < total, start + UInt64(sent) * interval <= now {
                value.removeAll()
                value.append(start + UInt64(sent) * interval)
                value.append(contentsOf: padding)
                let key = Workload.key(UInt64(sent % 10_000))
                batch.append(timestamp: clock.now(), key: key.span.bytes, value: value.bytes)
                sent += 1
            }
            if !batch.isEmpty { try producer.send(&batch, to: TopicPartition(Topics.input, 0)) }
            Files.pause(milliseconds: 1)
        }
        // What lingers when a producer is closed is dropped.
        try producer.flush()
    }

    private func collect(_ total: Int, from cluster: any Cluster) throws -> Result {
        let clock = SystemClock()
        let consumer = try cluster.makeConsumer(ConsumerConfiguration(groupID: nil, clientID: "latency"))
        defer { consumer.close() }
        try consumer.assign([TopicPartition(Topics.output, 0)])
        let skipped = recordsPerSecond * Int(warmUp.wholeMilliseconds) / 1_000
        var latencies: [UInt64] = []
        latencies.reserveCapacity(total)
        var received = 0
        var fetches: [FetchedBatches] = []
        let deadline = clock.monotonicNanoseconds() + UInt64(duration.wholeMilliseconds + 30_000) * 1_000_000
        while received < total {
            fetches.removeAll(keepingCapacity: true)
            _ = try consumer.poll(maxWait: .milliseconds(100), into: &fetches)
            let now = clock.monotonicNanoseconds()
            guard now < deadline else { throw WrongResult(description: "\(received) of \(total) records came out") }
            for fetch in fetches {
                let bytes = fetch.buffer.bytes
                for batch in fetch.batches {
                    var cursor = RecordCursor(header: batch.header, recordsAt: batch.recordsStart)
                    while let slot = try cursor.next(in: bytes) {
                        guard slot.offset >= fetch.startOffset, let value = slot.value else { continue }
                        var reader = ByteReader(position: value.lowerBound)
                        let due: UInt64 = try reader.read(from: bytes)
                        received += 1
                        if received > skipped { latencies.append(now - due) }
                    }
                }
            }
        }
        latencies.sort()
        return Result(sorted: latencies)
    }
}
