internal import MillraceClient

/// `topics alter`: raises the number of partitions, changes configs. Does I/O when run.
struct TopicsAlter: Command {
    private static let topics = Argument("TOPIC", .topic, isRepeated: true, "Names of the topics.")
    private static let partitions = Option(
        "partitions", short: "p", "N", ValueKind<Int32>.number(1...100_000),
        "How many partitions each has from now on; only more than now. Keys go to other partitions afterwards.")
    private static let config = Option(
        "config", short: "c", "NAME=VALUE", .property, isRepeated: true, "A config to set.")
    private static let deleteConfig = Option(
        "delete-config", "NAME", .text, isRepeated: true, "A config to put back to its default.")

    static let declaration = CommandDeclaration(
        "topics alter", "Add partitions to topics, or change their configs",
        parameters: [topics, partitions, config, deleteConfig] + ConnectionOptions.parameters,
        examples: [
            .init("Twelve partitions instead of fewer", "millrace topics alter lines --partitions 12"),
            .init("Keep records for a day", "millrace topics alter lines --config retention.ms=86400000"),
            .init("As long as the broker says again", "millrace topics alter lines --delete-config retention.ms"),
        ])

    let names: [String]
    let partitionCount: Int32?
    let setConfigs: [String: String]
    let removedConfigs: [String]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        names = try arguments.all(Self.topics)
        partitionCount = try arguments.ifGiven(Self.partitions)
        let pairs = try arguments.all(Self.config)
        let set = Dictionary(pairs.map { ($0.name, $0.value) }) { _, last in last }
        let removed = try arguments.all(Self.deleteConfig)
        if let both = removed.first(where: { set[$0] != nil }) {
            throw arguments.error("\(both) cannot be set and put back to its default at once")
        }
        setConfigs = set
        removedConfigs = removed
        guard partitionCount != nil || !setConfigs.isEmpty || !removedConfigs.isEmpty else {
            throw arguments.error("say what to alter: --partitions, --config or --delete-config")
        }
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        var outcomes: [Outcome] = []
        if let partitionCount {
            outcomes += try client.addPartitions(to: names, total: partitionCount).map {
                Outcome(
                    subject: $0.name, done: "has \(partitionCount) partitions now", failure: $0.error.map { "\($0)" })
            }
        }
        if !setConfigs.isEmpty || !removedConfigs.isEmpty {
            outcomes += try client.alterConfigs(of: names, set: setConfigs, remove: removedConfigs).map {
                Outcome(subject: $0.name, done: "configs changed", failure: $0.error.map { "\($0)" })
            }
        }
        return context.show(Report(outcomes), asJSON: connection.isJSON)
    }
}
