import Foundation

/// What each pair of the guide is tried on. The keys are Kafka's command lines.
enum ToolCases {
    static let all = topics.merging(records, uniquingKeysWith: { $1 }).merging(groups, uniquingKeysWith: { $1 })
        .merging(others, uniquingKeysWith: { $1 })

    /// Rows that are no commands to a broker.
    static let left: [String: String] = [
        "kafka-server-start.sh server.properties": "starts the other broker; these tests are about one broker"
    ]

    private static let topics: [String: ToolCase] = [
        "kafka-topics.sh --create --topic T --partitions 4 --replication-factor 3": ToolCase(
            arranged: nil,
            effects: ["partitions": "4", "replicas": "1", "configs": "", "ends": "{0=0, 1=0, 2=0, 3=0}"]),
        "kafka-topics.sh --list": ToolCase(
            moreForOurs: "--json", told: ["listed": "true", "internal": "true"], reading: listing),
        "kafka-topics.sh --list --exclude-internal": ToolCase(
            moreForOurs: "--json", told: ["listed": "true", "internal": "false"], reading: listing),
        "kafka-topics.sh --describe --topic T": ToolCase(
            arranged: ["partitions": "2", "config.retention.ms": "1000"], moreForOurs: "--json",
            told: [
                "partitions": "2", "replicas": "1", "configs": "retention.ms=1000", "0": "leader 0 of 0, in sync 0",
                "1": "leader 0 of 0, in sync 0",
            ], reading: description),
        "kafka-topics.sh --alter --topic T --partitions 8": ToolCase(effects: ["partitions": "8"]),
        "kafka-topics.sh --delete --topic T": ToolCase(arranged: ["records": "3"], effects: ["partitions": "absent"]),
        "kafka-delete-records.sh --offset-json-file J": ToolCase(
            arranged: ["records": "45"], effects: ["start": "42", "ends": "{0=45}"]),
        "kafka-configs.sh --describe --topic T": ToolCase(
            arranged: ["config.retention.ms": "1000"], moreForOurs: "--json", told: ["retention.ms": "1000"],
            reading: configs),
        "kafka-configs.sh --describe --topic T --all": ToolCase(
            arranged: ["config.retention.ms": "1000"], moreForOurs: "--json",
            told: ["retention.ms": "1000", "cleanup.policy": "delete", "segment.bytes": "1073741824"],
            reading: configs),
        "kafka-configs.sh --alter --topic T --add-config retention.ms=1000": ToolCase(
            arranged: ["config.cleanup.policy": "compact"],
            effects: ["configs": "cleanup.policy=compact retention.ms=1000"]),
        "kafka-configs.sh --alter --topic T --delete-config retention.ms": ToolCase(
            arranged: ["config.retention.ms": "1000", "config.cleanup.policy": "compact"],
            effects: ["configs": "cleanup.policy=compact"]),
        "kafka-get-offsets.sh --topic T": ToolCase(
            arranged: ["partitions": "2", "records": "5"], moreForOurs: "--json", told: ["0": "3", "1": "2"],
            reading: ends),
    ]

    // MARK: What is told

    private static let listing = ToolReading(
        theirs: { text in
            let names = text.split(separator: "\n")
            return [
                "listed": "\(names.contains("T"))", "internal": "\(names.contains("__consumer_offsets"))",
            ]
        },
        ours: { text in
            let names = ToolOutput.objects(text).map { ToolOutput.word($0["name"]) }
            return [
                "listed": "\(names.contains("T"))", "internal": "\(names.contains("__consumer_offsets"))",
            ]
        })

    private static let description = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let named = ToolOutput.named(line)
                if let partition = named["Partition"] {
                    facts[partition] =
                        "leader \(named["Leader"] ?? "") of \(named["Replicas"] ?? ""), in sync \(named["Isr"] ?? "")"
                } else {
                    facts["partitions"] = named["PartitionCount"]
                    facts["replicas"] = named["ReplicationFactor"]
                    facts["configs"] = named["Configs"]
                }
            }
            return facts
        },
        ours: { text in
            let topic = ToolOutput.objects(text).first ?? [:]
            let partitions = topic["partitions"] as? [[String: Any]] ?? []
            let configs = (topic["configs"] as? [String: String] ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
            var facts = [
                "partitions": "\(partitions.count)", "configs": configs.joined(separator: ","),
                "replicas": "\((partitions.first?["replicas"] as? [Any] ?? []).count)",
            ]
            for partition in partitions {
                let words = ["leader", "replicas", "inSyncReplicas"].map { ToolOutput.word(partition[$0]) }
                facts[ToolOutput.word(partition["partition"])] =
                    "leader \(words[0]) of \(words[1]), in sync \(words[2])"
            }
            return facts
        })

    /// Every config with its value.
    private static let configs = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            for line in text.split(separator: "\n") {
                if let match = line.firstMatch(of: #/^  ([a-z0-9.]+)=(.*) sensitive=/#) {
                    facts[String(match.1)] = String(match.2)
                }
            }
            return facts
        },
        ours: { text in ToolOutput.objects(text).first?["configs"] as? [String: String] ?? [:] })

    private static let ends = ToolReading(
        theirs: { text in
            var facts: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let fields = line.split(separator: ":").map(String.init)
                if fields.count == 3 { facts[fields[1]] = fields[2] }
            }
            return facts
        },
        ours: { text in
            let partitions = ToolOutput.objects(text).first?["partitions"] as? [[String: Any]] ?? []
            return Dictionary(
                partitions.map { (ToolOutput.word($0["partition"]), ToolOutput.word($0["endOffset"])) },
                uniquingKeysWith: { $1 })
        })
}
