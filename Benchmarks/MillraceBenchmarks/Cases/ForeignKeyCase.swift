import Millrace
import MillraceCluster
import MillraceCore

/// S6: a table of the input joined with 256 rows of another table by a foreign key. Each update goes through the topic
/// of subscriptions and that of answers before it comes out.
enum ForeignKeyCase {
    static let all = [
        join("S6 foreign-key join cached", .coalesced), join("S6 foreign-key join every update", .everyUpdate),
    ]

    private static let table = Consumed(key: BytesSerde(), value: BytesSerde())

    private static func join(_ name: String, _ emission: EmissionPolicy) -> StreamCase {
        StreamCase(
            name: name, row: "", emission: emission, outputs: [Topics.rows, Topics.output],
            prepare: { cluster in try writeRows(to: cluster) },
            describe: { builder in
                let left = builder.table(Topics.input, table)
                let right = builder.table(Topics.rows, table)
                left.join(
                    right, foreignKey: { key, _ in reference(in: key) },
                    Materialized(as: "results", value: BytesSerde())
                ) { _, row in row }
                .toStream().to(Topics.output, Produced(key: BytesSerde(), value: BytesSerde()))
            },
            check: { run in try check(run) })
    }

    /// The last two digits of the key.
    private static func reference(in key: Bytes) -> Bytes {
        key.withBytes { Bytes($0.extracting((Workload.keyBytes - 2)..<Workload.keyBytes)) }
    }

    private static func writeRows(to cluster: any Cluster) throws {
        let producer = try cluster.makeProducer(ProducerConfiguration(transactionalID: nil, clientID: "rows"))
        var batch = RecordBatchBuilder()
        for number: UInt64 in 0..<256 {
            let key = Array(Workload.key(number).suffix(2))
            batch.append(timestamp: Timestamp(1_700_000_000_000), key: key.span.bytes, value: key.span.bytes)
        }
        try producer.send(&batch, to: TopicPartition(Topics.rows, 0))
        try producer.flush()
        producer.close()
    }

    /// Each row of the input has a result, as soon as the last answers are there.
    private static func check(_ run: StreamRun) throws {
        let results = try run.application.store("results", .keyValue(Bytes.self, Bytes.self))
        var count = 0
        for _ in 0..<1_000 {
            count = try results.all().count
            if count == run.workload.keys { return }
            Files.pause(milliseconds: 10)
        }
        throw WrongResult(description: "\(count) results of \(run.workload.keys) rows")
    }
}
