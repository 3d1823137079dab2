import Millrace
import MillraceCore

/// Streams enriched from tables: each record of the input meets the row of its key, one of 10,000 of 84 bytes, and
/// comes out with that as its value.
enum TableJoinCases {
    static let all = [plain, versioned, global]

    private static let input = Consumed(key: BytesSerde(), value: BytesSerde())
    private static let output = Produced(key: BytesSerde(), value: BytesSerde())

    /// The row as it is now.
    static let plain = join("J1 stream-table join") { builder in
        let rows = builder.table(Topics.rows, input, materialized: .as("rows"))
        builder.stream(Topics.input, input).join(rows) { _, row in row }.to(Topics.output, output)
    }

    /// The row as it was at the record's time.
    static let versioned = join("J2 versioned stream-table join") { builder in
        let rows = builder.table(Topics.rows, input, materialized: .versioned("rows", history: .seconds(60)))
        builder.stream(Topics.input, input).join(rows) { _, row in row }.to(Topics.output, output)
    }

    /// The row of a global table.
    static let global = join("J3 stream-global join") { builder in
        let rows = builder.globalTable(Topics.rows, input, materialized: .as("rows"))
        builder.stream(Topics.input, input).join(rows, key: { key, _ in key }) { _, row in row }.to(
            Topics.output, output)
    }

    private static func join(_ name: String, _ describe: @escaping @Sendable (StreamsBuilder) -> Void) -> StreamCase {
        StreamCase(
            name: name, row: "10000 rows", outputs: [Topics.output], tables: [Topics.rows], describe: describe,
            check: { run in
                let written = try OutputFold.records(of: Topics.output, in: run)
                guard written == run.workload.records else {
                    throw WrongResult(description: "\(written) of \(run.workload.records) records met a row")
                }
            })
    }
}
