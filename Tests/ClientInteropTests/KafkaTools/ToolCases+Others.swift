import Foundation

/// Transactions, files, measurements.
extension ToolCases {
    static let others: [String: ToolCase] = [
        "kafka-transactions.sh list": ToolCase(
            arranged: ["transaction": "committed"], moreForOurs: "--json", told: ["X": "CompleteCommit"],
            reading: transactions),
        "kafka-transactions.sh describe --transactional-id X": ToolCase(
            arranged: ["transaction": "open"], moreForOurs: "--json",
            told: ["X": "Ongoing", "time-out": "600000", "partitions": "T-0"], reading: transactions),
        "kafka-transactions.sh describe-producers --topic T --partition 0": ToolCase(
            arranged: ["records": "5", "transaction": "open"], moreForOurs: "--json",
            told: ["producers": "2", "open": "- 5", "sequences": "1 4"], reading: producers),
        "kafka-transactions.sh abort --topic T --partition 0 --start-offset 42": ToolCase(
            arranged: ["records": "42", "transaction": "open"], effects: ["open transactions": "[]", "ends": "{0=45}"]),
        "kafka-dump-log.sh --files F --print-data-log": ToolCase(
            arranged: ["records": "2", "transaction": "committed"], moreForOurs: "--json",
            told: [
                "0": "k0=v0", "1": "k1=v1", "2": "-=t0", "3": "-=t1",
                "2 to 2": "codec none, transactional true, control false",
                "4 to 4": "codec none, transactional true, control true", "4": "marker commit",
            ], reading: log, namesServer: false),
        "kafka-dump-log.sh --files F --offsets-decoder": ToolCase(
            arranged: ["records": "5", "committed": "3"], moreForOurs: "--json", told: ["G T 0": "3"],
            reading: offsetsLog, namesServer: false),
        "kafka-dump-log.sh --files F --transaction-log-decoder": ToolCase(
            arranged: ["transaction": "committed"], moreForOurs: "--json",
            told: ["X": "Empty Ongoing PrepareCommit CompleteCommit"], reading: transactionLog, namesServer: false),
        "kafka-producer-perf-test.sh --topic T --num-records N --record-size 100 --throughput R": ToolCase(
            moreForTheirs: "--producer-props bootstrap.servers=SERVER", moreForOurs: "--json",
            effects: ["partitions": "1"], told: ["records": "50"],
            reading: ToolReading(
                theirs: { ["records": $0.firstMatch(of: #/(\d+) records sent/#).map { String($0.1) } ?? ""] },
                ours: { ["records": ToolOutput.word(ToolOutput.objects($0).first?["records"])] }),
            // Ours sends one more before its clock runs; the values are random.
            differences: ["ends", "records"], namesServer: false),
        "kafka-consumer-perf-test.sh --topic T --messages N": ToolCase(
            arranged: ["records": "50"], moreForOurs: "--json", told: ["records": "50"],
            reading: ToolReading(
                theirs: { text in
                    // start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, …
                    let fields = text.split(separator: "\n").last?.split(separator: ",") ?? []
                    return ["records": fields.count > 4 ? fields[4].filter { $0 != " " } : ""]
                },
                ours: { ["records": ToolOutput.word(ToolOutput.objects($0).first?["records"])] })),
        "kafka-streams-application-reset.sh --application-id A --input-topics T": ToolCase(
            arranged: ["records": "5", "committed": "3"], effects: ["committed": "{0=0}", "ends": "{0=5}"]),
    ]

    private static let transactions = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            for row in rows(text) where row["TransactionalId"] == "X" {
                facts["X"] = row["TransactionState"]
                facts["time-out"] = row["TransactionTimeoutMs"]
                facts["partitions"] = row["TopicPartitions"]
            }
            return facts
        },
        ours: { text in
            var facts: [String: String] = [:]
            for object in ToolOutput.objects(text) where ToolOutput.word(object["transactionalId"]) == "X" {
                facts["X"] = ToolOutput.word(object["state"])
                facts["time-out"] = object["timeoutMs"].map { ToolOutput.word($0) }
                facts["partitions"] = object["partitions"].map { partitions in
                    (partitions as? [[String: Any]] ?? []).map {
                        "\(ToolOutput.word($0["topic"]))-\(ToolOutput.word($0["partition"]))"
                    }.joined(separator: ",")
                }
            }
            return facts
        })

    /// Of tables whose columns are between tabs, so that one may be empty.
    private static func rows(_ text: String) -> [[String: String]] {
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map { field in
                String(field).trimmingCharacters(in: .whitespaces)
            }
        }
        guard let head = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(zip(head, $0), uniquingKeysWith: { $1 }) }
    }

    private static let producers = ToolReading(
        theirs: { text in
            producerFacts(rows(text).map { ($0["CurrentTransactionStartOffset"] ?? "", $0["LastSequence"] ?? "") })
        },
        ours: { text in
            producerFacts(
                ToolOutput.objects(text).map {
                    (ToolOutput.word($0["transactionStartOffset"]), ToolOutput.word($0["lastSequence"]))
                })
        })

    private static func producerFacts(_ rows: [(start: String, sequence: String)]) -> [String: String] {
        [
            "producers": "\(rows.count)",
            "open": rows.map { $0.start == "None" ? "-" : $0.start }.sorted().joined(separator: " "),
            "sequences": rows.map(\.sequence).sorted().joined(separator: " "),
        ]
    }

    // MARK: Files

    private static let log = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let named = ToolOutput.named(line)
                if let base = named["baseOffset"] {
                    facts["\(base) to \(named["lastOffset"] ?? "")"] =
                        "codec \(named["compresscodec"] ?? ""), transactional \(named["isTransactional"] ?? ""), "
                        + "control \(named["isControl"] ?? "")"
                } else if let offset = named["offset"] {
                    facts[offset] =
                        named["endTxnMarker"].map { "marker \($0.lowercased())" }
                        ?? "\(named["key"] ?? "-")=\(named["payload"] ?? "-")"
                }
            }
            return facts
        },
        ours: { text in
            var facts: [String: String] = [:]
            for object in ToolOutput.objects(text) {
                if let base = object["baseOffset"] {
                    facts["\(ToolOutput.word(base)) to \(ToolOutput.word(object["lastOffset"]))"] =
                        "codec \(ToolOutput.word(object["codec"])), transactional \(truth(object["transactional"])), "
                        + "control \(truth(object["control"]))"
                } else if let offset = object["offset"] {
                    facts[ToolOutput.word(offset)] =
                        object["marker"].map { "marker \(ToolOutput.word($0))" }
                        ?? "\(ToolOutput.word(object["key"]))=\(ToolOutput.word(object["value"]))"
                }
            }
            return facts
        })

    private static func truth(_ value: Any?) -> String { (value as? Bool).map { "\($0)" } ?? "-" }

    /// The last position of each partition of the group.
    private static let offsetsLog = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            let shape = #/"group":"G","topic":"(?<topic>[^"]+)","partition":(?<partition>\d+).*"offset":(?<offset>\d+)/#
            for line in text.split(separator: "\n") {
                if let match = line.firstMatch(of: shape) {
                    facts["G \(match.topic) \(match.partition)"] = String(match.offset)
                }
            }
            return facts
        },
        ours: { text in
            var facts: [String: String] = [:]
            for object in ToolOutput.objects(text) where ToolOutput.word(object["group"]) == "G" {
                guard let partition = object["partition"] as? String, let dash = partition.lastIndex(of: "-") else {
                    continue
                }
                let number = partition[partition.index(after: dash)...]
                facts["G \(partition[..<dash]) \(number)"] = ToolOutput.word(object["position"])
            }
            return facts
        })

    /// The states that the transactional id went through.
    private static let transactionLog = ToolReading(
        theirs: { text in
            let states = text.split(separator: "\n").compactMap { line in
                line.firstMatch(of: #/transactionalId"?[:=]"?X\W.*(?:state=|transactionStatus":)(\w+)/#).map {
                    String($0.1)
                }
            }
            return ["X": states.joined(separator: " ")]
        },
        ours: { text in
            let states = ToolOutput.objects(text).filter { ToolOutput.word($0["transactionalId"]) == "X" }
                .map { ToolOutput.word($0["state"]) }
            return ["X": states.joined(separator: " ")]
        })
}
