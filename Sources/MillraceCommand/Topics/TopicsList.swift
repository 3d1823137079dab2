internal import MillraceClient

/// `topics list`: the topics of a cluster. Does I/O when run.
struct TopicsList: Command {
    private static let includeInternal = Flag("internal", "Also those that Kafka keeps for itself.")
    private static let prefix = Option("prefix", "TEXT", .text, "Only topics whose names begin so.")

    static let declaration = CommandDeclaration(
        "topics list", "List topics", parameters: [includeInternal, prefix] + ConnectionOptions.parameters,
        examples: [
            .init("All topics", "millrace topics list"),
            .init("Names only, for a script", "millrace topics list --json | jq -r '.[].name'"),
        ])

    let showsInternal: Bool
    let namePrefix: String
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        showsInternal = arguments.isSet(Self.includeInternal)
        namePrefix = try arguments.ifGiven(Self.prefix) ?? ""
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let topics = try connection.client().topics().filter {
            (showsInternal || !$0.isInternal) && $0.name.hasPrefix(namePrefix)
        }
        return context.show(Self.report(topics), asJSON: connection.isJSON)
    }

    static func report(_ topics: [TopicDescription]) -> Report {
        var table = Table("TOPIC", "PARTITIONS", "REPLICAS", "INTERNAL")
        for topic in topics {
            table.append(
                topic.name, "\(topic.partitions.count)", "\(topic.replicationFactor)", topic.isInternal ? "yes" : "no")
        }
        return Report(
            table.text,
            json: .array(
                topics.map {
                    [
                        "name": JSON($0.name), "partitions": JSON($0.partitions.count),
                        "replicationFactor": JSON($0.replicationFactor), "internal": .bool($0.isInternal),
                    ]
                }))
    }
}
