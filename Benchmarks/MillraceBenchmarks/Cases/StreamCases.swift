import Millrace
import MillraceCore

/// S2, S3 and S4 of PERFORMANCE.md's suite.
enum StreamCases {
    static let all: [StreamCase] =
        [pass, countCached, countUncached, windowCached, windowUncached] + SessionCases.all
        + TableJoinCases.all + ForeignKeyCase.all + JoinCases.all

    private static let input = Consumed(key: BytesSerde(), value: BytesSerde())
    private static let windows = TimeWindows.tumbling(size: .seconds(10), grace: .seconds(1))

    /// Topic to topic, each record decoded and encoded again.
    static let pass = StreamCase(
        name: "S2 pass-through", row: "row 1", kafkaRow: "row 2",
        kafkaStreams: .init(client: 498_000, withBroker: 338_000),
        outputs: [Topics.output],
        describe: { builder in builder.stream(Topics.input, input).to(Topics.output) },
        check: { run in
            let written = try OutputFold.records(of: Topics.output, in: run)
            guard written == run.workload.records else {
                throw WrongResult(description: "\(written) records came out of \(run.workload.records)")
            }
        })

    /// Count by key; the changelog gets each changed key once a commit.
    static let countCached = StreamCase(
        name: "S3 count cached", row: "row 3", kafkaRow: "row 4",
        kafkaStreams: .init(client: 399_000, withBroker: 370_000),
        describe: { builder in _ = builder.stream(Topics.input, input).groupByKey().count(.as("counts")) },
        check: { run in try checkCounts(run) })

    /// Count by key, every update in the output topic.
    static let countUncached = StreamCase(
        name: "S3 count every update", row: "row 5", kafkaStreams: .init(client: 209_000, withBroker: 192_000),
        emission: .everyUpdate,
        outputs: [Topics.output],
        describe: { builder in
            builder.stream(Topics.input, input).groupByKey().count(.as("counts"))
                .toStream().to(Topics.output, Produced(key: BytesSerde(), value: .int64))
        },
        check: { run in
            try checkCounts(run)
            let written = try OutputFold.records(of: Topics.output, in: run)
            guard written == run.workload.records else {
                throw WrongResult(description: "\(written) updates came out of \(run.workload.records) records")
            }
        })

    /// Count by key and window of 10 s, each changed window once a commit.
    static let windowCached = windowCount(
        "S4 window count cached", row: "row 8", .init(client: 209_000, withBroker: 193_000), .coalesced)

    /// The same with every update in the output topic.
    static let windowUncached = windowCount(
        "S4 window count every update", row: "row 6", .init(client: 174_000, withBroker: 153_000), .everyUpdate)

    private static func windowCount(
        _ name: String, row: String, _ kafkaStreams: KafkaStreamsFigures, _ emission: EmissionPolicy
    ) -> StreamCase {
        StreamCase(
            name: name, row: row, kafkaRow: emission == .everyUpdate ? "row 7" : nil, kafkaStreams: kafkaStreams,
            emission: emission, outputs: [Topics.output],
            describe: { builder in
                builder.stream(Topics.input, input).groupByKey().windowed(by: windows).count(.as("counts"))
                    .toStream().to(
                        Topics.output,
                        Produced(key: .windowed(BytesSerde(), size: windows.size), value: .int64))
            },
            check: { run in
                // The last count of each key and window, summed, is the number of records: none is late here.
                let total = try OutputFold.sumOfLastCounts(of: Topics.output, in: run)
                guard total == run.workload.records else {
                    throw WrongResult(description: "windows count \(total) of \(run.workload.records) records")
                }
            })
    }

    private static func checkCounts(_ run: StreamRun) throws {
        let store = try run.application.store("counts", .keyValue(Bytes.self, Int64.self))
        let total = try store.all().reduce(0) { $0 + Int($1.value) }
        guard total == run.workload.records else {
            throw WrongResult(description: "counts come to \(total) of \(run.workload.records) records")
        }
    }
}
