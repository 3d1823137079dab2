internal import MillraceClient
internal import MillraceCore

/// `groups delete`: forgets groups, or their positions of some topics. Does I/O when run.
struct GroupsDelete: Command {
    private static let group = Argument(
        "GROUP", .text, isRepeated: true, "Names of the groups; they must have no members.")
    private static let topic = Option(
        "topic", "TOPIC[:P,P]", .partitions, isRepeated: true,
        "Forget only the positions of this topic or these partitions of it.")

    static let declaration = CommandDeclaration(
        "groups delete", "Delete groups, or their positions of some topics",
        parameters: [group, topic] + ConnectionOptions.parameters,
        examples: [
            .init("Forget a group", "millrace groups delete counters"),
            .init("Forget where it stood in one topic", "millrace groups delete counters --topic lines"),
        ])

    let groups: [String]
    let topics: [TopicSelection]
    let connection: ConnectionOptions

    init(_ arguments: ParsedArguments) throws(UsageError) {
        groups = try arguments.all(Self.group)
        topics = try arguments.all(Self.topic)
        connection = try ConnectionOptions(arguments)
    }

    func run(in context: CommandContext) throws -> ExitCode {
        let client = try connection.client()
        var outcomes: [Outcome] = []
        if topics.isEmpty {
            outcomes = try client.deleteGroups(groups).map {
                Outcome(subject: $0.name, done: "deleted", failure: $0.error.map { "\($0)" })
            }
        } else {
            for group in groups {
                let partitions = try TopicSelection.partitions(of: topics, client)
                outcomes += try client.deleteOffsets(of: group, partitions).map {
                    Outcome(
                        subject: "\(group) \($0.name)", done: "position deleted", failure: $0.error.map { "\($0)" })
                }
            }
        }
        return context.show(Report(outcomes), asJSON: connection.isJSON)
    }
}
