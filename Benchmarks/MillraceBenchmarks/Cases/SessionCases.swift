import Millrace
import MillraceCore

/// Sessions: a record of a key comes every 100 ms on average, so that a session with a gap of 300 ms has about twenty
/// records (q11 of PERFORMANCE.md, with our workload).
enum SessionCases {
    static let all = [
        sessionCount("q11 session count cached", .coalesced),
        sessionCount("q11 session count every update", .everyUpdate),
    ]

    private static func sessionCount(_ name: String, _ emission: EmissionPolicy) -> StreamCase {
        StreamCase(
            name: name, row: "q11", kafkaStreams: nil, emission: emission, outputs: [Topics.output],
            describe: { builder in
                builder.stream(Topics.input, Consumed(key: BytesSerde(), value: BytesSerde())).groupByKey()
                    .windowed(by: .session(gap: .milliseconds(300), grace: .seconds(1))).count(.as("counts"))
                    .toStream().to(Topics.output, Produced(key: .sessionWindowed(BytesSerde()), value: .int64))
            },
            check: { run in
                // The counts of the sessions that stay, summed, are the number of records: none is late here.
                let total = try OutputFold.sumOfLastCounts(of: Topics.output, in: run)
                guard total == run.workload.records else {
                    throw WrongResult(description: "sessions count \(total) of \(run.workload.records) records")
                }
            })
    }
}
