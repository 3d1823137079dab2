internal import MillraceClient
internal import MillraceCore
internal import MillraceProtocol

/// `topics describe`: partitions with their leaders and offsets, and configs. Does I/O when run.
struct TopicsDescribe: Command {
    private static let topics = Argument(
        "TOPIC", .topic, presence: .optional, isRepeated: true,
        "Names of the topics; left out, all that are not internal.")
    private static let allConfigs = Flag("all-configs", "Also configs at their defaults.")

    static let declaration = CommandDeclaration(
        "topics describe", "Show partitions, offsets and configs of topics",
        parameters: [topics, allConfigs] + ConnectionOptions.parameters,
        examples: [
            .init("One topic", "millrace topics describe lines"),
            .init("With all configs, for a machine", "millrace topics describe lines --all-configs --json"),
        ])

    let names: [String]
    let showsDefaults: Bool
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        names = try arguments.all(Self.topics)
        showsDefaults = arguments.isSet(Self.allConfigs)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        let topics = try client.topics(names.isEmpty ? nil : names).filter { !names.isEmpty || !$0.isInternal }
        let partitions = topics.flatMap { topic in
            topic.partitions.filter { $0.leader != nil }.map { TopicPartition(topic.name, $0.number) }
        }
        let first = try client.offsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .earliest) }))
        let end = try client.offsets(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .latest) }))
        let configs = topics.isEmpty ? [:] : try client.configs(of: topics.map(\.name))
        let report = Self.report(
            topics, first: first, end: end,
            configs: configs.mapValues { $0.filter { $0.isSet || showsDefaults }.sorted { $0.name < $1.name } })
        return context.show(report, asJSON: connection.isJSON)
    }

    static func report(
        _ topics: [TopicDescription], first: [TopicPartition: Int64], end: [TopicPartition: Int64],
        configs: [String: [TopicConfig]]
    ) -> Report {
        var text = ""
        var json: [JSON] = []
        for topic in topics {
            var table = Table("PARTITION", "LEADER", "REPLICAS", "IN SYNC", "FIRST", "END", "RECORDS")
            var partitions: [JSON] = []
            for partition in topic.partitions {
                let name = TopicPartition(topic.name, partition.number)
                let count = first[name].flatMap { first in end[name].map { $0 - first } }
                table.append(
                    "\(partition.number)", partition.leader.map { "\($0)" } ?? "none", list(partition.replicas),
                    list(partition.inSync), first[name].map { "\($0)" } ?? "", end[name].map { "\($0)" } ?? "",
                    count.map { "\($0)" } ?? "")
                partitions.append([
                    "partition": JSON(partition.number), "leader": JSON(partition.leader),
                    "replicas": .array(partition.replicas.map { JSON($0) }),
                    "inSyncReplicas": .array(partition.inSync.map { JSON($0) }),
                    "firstOffset": JSON(first[name]), "endOffset": JSON(end[name]),
                ])
            }
            let topicConfigs = configs[topic.name] ?? []
            text += text.isEmpty ? "" : "\n"
            text += "Topic \(topic.name), \(topic.partitions.count) partitions, id \(topic.id.text)\n"
            for config in topicConfigs {
                text += "  \(config.name)=\(shown(config))\(config.isSet ? "" : " (default)")\n"
            }
            text += table.text
            json.append([
                "name": JSON(topic.name), "id": JSON(topic.id.text), "internal": .bool(topic.isInternal),
                "configs": .object(topicConfigs.map { .init(name: $0.name, value: JSON($0.value)) }),
                "partitions": .array(partitions),
            ])
        }
        return Report(text, json: .array(json))
    }

    private static func shown(_ config: TopicConfig) -> String { config.isSensitive ? "(hidden)" : config.value ?? "" }

    private static func list(_ brokers: [Int32]) -> String { brokers.map { "\($0)" }.joined(separator: ",") }
}

extension WireUUID {
    /// As Kafka prints it: 22 characters of base 64 for URLs.
    var text: String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
        bytes += [0, 0]
        var text = ""
        for start in stride(from: 0, to: 18, by: 3) {
            let group = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            for shift in [18, 12, 6, 0] { text.append(letters[group >> shift & 63]) }
        }
        return String(text.prefix(22))
    }
}
