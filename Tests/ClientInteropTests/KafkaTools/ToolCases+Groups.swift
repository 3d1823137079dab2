import Foundation

/// Groups and their positions.
extension ToolCases {
    static let groups: [String: ToolCase] = [
        "kafka-consumer-groups.sh --list": ToolCase(
            arranged: ["committed": "0"], moreForOurs: "--json", told: ["listed": "true"],
            reading: ToolReading(
                theirs: { ["listed": "\($0.split(separator: "\n").contains("G"))"] },
                ours: { text in
                    ["listed": "\(ToolOutput.objects(text).contains { ToolOutput.word($0["group"]) == "G" })"]
                })),
        "kafka-consumer-groups.sh --describe --group G": ToolCase(
            arranged: ["records": "5", "committed": "3"], moreForOurs: "--json",
            told: ["T 0": "position 3, end 5, lag 2, member -"], reading: positions),
        "kafka-consumer-groups.sh --describe --group G --members": ToolCase(
            arranged: ["partitions": "2", "member": "true"], moreForOurs: "--json",
            told: ["members": "1", "partitions": "2"],
            reading: ToolReading(
                theirs: { text in
                    let rows = ToolOutput.rows(text, first: "GROUP")
                    return ["members": "\(rows.count)", "partitions": rows.first?["#PARTITIONS"] ?? ""]
                },
                ours: { text in
                    let members = ToolOutput.objects(text).first?["members"] as? [[String: Any]] ?? []
                    let partitions = members.first?["partitions"] as? [Any] ?? []
                    return ["members": "\(members.count)", "partitions": "\(partitions.count)"]
                })),
        "kafka-consumer-groups.sh --reset-offsets --group G --topic T --to-earliest --execute": ToolCase(
            arranged: ["records": "5", "committed": "3"], moreForOurs: "--json", effects: ["committed": "{0=0}"],
            told: ["T 0": "0"],
            reading: ToolReading(
                theirs: { text in
                    Dictionary(
                        ToolOutput.rows(text, first: "GROUP").map {
                            ("\($0["TOPIC"] ?? "") \($0["PARTITION"] ?? "")", $0["NEW-OFFSET"] ?? "")
                        }, uniquingKeysWith: { $1 })
                },
                ours: { text in
                    let partitions = ToolOutput.objects(text).first?["partitions"] as? [[String: Any]] ?? []
                    return Dictionary(
                        partitions.map { (place($0), ToolOutput.word($0["to"])) }, uniquingKeysWith: { $1 })
                })),
        "kafka-consumer-groups.sh --delete --group G": ToolCase(
            arranged: ["records": "5", "committed": "3"], effects: ["group": "absent", "partitions": "1"]),
        "kafka-consumer-groups.sh --delete-offsets --group G --topic T": ToolCase(
            arranged: ["records": "5", "committed": "3"], effects: ["committed": "{}"]),
    ]

    private static func place(_ object: [String: Any]) -> String {
        "\(ToolOutput.word(object["topic"])) \(ToolOutput.word(object["partition"]))"
    }

    private static let positions = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            for row in ToolOutput.rows(text, first: "GROUP") {
                facts["\(row["TOPIC"] ?? "") \(row["PARTITION"] ?? "")"] =
                    "position \(row["CURRENT-OFFSET"] ?? ""), end \(row["LOG-END-OFFSET"] ?? ""), "
                    + "lag \(row["LAG"] ?? ""), member \(row["CONSUMER-ID"] ?? "")"
            }
            return facts
        },
        ours: { text in
            var facts: [String: String] = [:]
            for row in ToolOutput.objects(text).first?["partitions"] as? [[String: Any]] ?? [] {
                let words = ["position", "endOffset", "lag", "member"].map { ToolOutput.word(row[$0]) }
                facts[place(row)] = "position \(words[0]), end \(words[1]), lag \(words[2]), member \(words[3])"
            }
            return facts
        })
}
